"""The store's part for tags: the moderator's codes and the researcher's tags are one list."""

from __future__ import annotations

import re
from typing import Any

from annotate._part import StorePart, id_key, invalid, known, new_id, optional_text, required_text, same_text
from annotate.changes import ChangeSet, SqlValue
from annotate.models import Tag

_COLOUR = re.compile(r"#[0-9a-f]{6}")


class TagsPart(StorePart):
    """Tags of a study."""

    def tags(self) -> list[Tag]:
        """In their order."""
        rows = self._db.all(
            "SELECT id, name, colour, key, coalesce(position, 0) AS position FROM tag ORDER BY position, name, id"
        )
        return [Tag(**dict(row)) for row in rows]

    def add_tag(self, name: str, *, colour: str | None = None, key: str | None = None) -> ChangeSet:
        """Add a tag after the others; `colour` is `#rrggbb`, `key` one letter or digit.

        Raises:
            StudyError: VALUE_INVALID, also when the name or the key is taken.
        """
        with self._db.write() as tx:
            values = self._tag_fields({"name": name, "colour": colour, "key": key}, None)
            position = max((tag.position for tag in self.tags()), default=-1) + 1
            tx.insert("tag", {"id": new_id(), "position": position, **values})
        return tx.change

    def update_tag(self, tag_id: str, **fields: Any) -> ChangeSet:
        """Set any of `name, colour, key`."""
        known("tag", fields, ("name", "colour", "key"))
        with self._db.write() as tx:
            tx.update("tag", id_key(tag_id), self._tag_fields(fields, tag_id))
        return tx.change

    def remove_tag(self, tag_id: str) -> ChangeSet:
        """Remove a tag, also from the observations that have it."""
        with self._db.write() as tx:
            tx.delete("tag", id_key(tag_id))
        return tx.change

    def ensure_tag(self, name: str) -> tuple[Tag, ChangeSet]:
        """The tag of a name (capitals aside), made if there is none."""
        name = required_text("name", name)
        with self._db.write() as tx:
            if not any(same_text(tag.name, name) for tag in self.tags()):
                self.add_tag(name)
            found = next(tag for tag in self.tags() if same_text(tag.name, name))
        return found, tx.change

    def _tag_fields(self, fields: dict[str, Any], tag_id: str | None) -> dict[str, SqlValue]:
        values: dict[str, SqlValue] = {}
        others = [tag for tag in self.tags() if tag.id != tag_id]
        for field, value in fields.items():
            if field == "name":
                values[field] = name = required_text(field, value)
                if any(same_text(tag.name, name) for tag in others):
                    raise invalid(f"tag.name: {name}")
                continue
            text = optional_text(field, value)
            if field == "colour" and text is not None:
                text = text.lower()
                if not _COLOUR.fullmatch(text):
                    raise invalid(f"tag.colour: {text}")
            if field == "key" and text is not None:
                text = text.upper()
                if len(text) != 1 or not text.isalnum() or any(tag.key == text for tag in others):
                    raise invalid(f"tag.key: {text}")
            values[field] = text
        return values
