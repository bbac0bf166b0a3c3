"""The store's part for tags: the moderator's codes and the researcher's tags are one tree."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from annotate._part import StorePart, id_key, invalid, known, new_id, optional_text, required_text, same_text
from annotate.changes import ChangeSet, SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.models import Tag

_COLOUR = re.compile(r"#[0-9a-f]{6}")


class TagsPart(StorePart):
    """Tags of a study."""

    def tags(self) -> list[Tag]:
        """In the order of the tree: each tag, then those below it."""
        rows = self._db.all(
            "SELECT id, name, colour, key, coalesce(position, 0) AS position, parent_id FROM tag"
            " ORDER BY position, name, id"
        )
        below: defaultdict[str | None, list[Tag]] = defaultdict(list)
        for row in rows:
            below[row["parent_id"]].append(Tag(**dict(row)))
        found: list[Tag] = []
        waiting = below.pop(None, [])[::-1]
        while waiting:
            tag = waiting.pop()
            found.append(tag)
            waiting += below.pop(tag.id, [])[::-1]
        return found

    def add_tag(
        self, name: str, *, colour: str | None = None, key: str | None = None, parent_id: str | None = None
    ) -> ChangeSet:
        """Add a tag after its siblings; `colour` is `#rrggbb`, `key` one letter or digit, `parent_id` what it is below.

        Raises:
            StudyError: VALUE_INVALID, also when the name or the key is taken; ROW_MISSING.
        """
        with self._db.write() as tx:
            values = self._tag_fields({"name": name, "colour": colour, "key": key}, None)
            siblings = self._tags_below(parent_id)
            position = max((tag.position for tag in siblings), default=-1) + 1
            tx.insert("tag", {"id": new_id(), "position": position, "parent_id": parent_id, **values})
        return tx.change

    def update_tag(self, tag_id: str, **fields: Any) -> ChangeSet:
        """Set any of `name, colour, key`."""
        known("tag", fields, ("name", "colour", "key"))
        with self._db.write() as tx:
            tx.update("tag", id_key(tag_id), self._tag_fields(fields, tag_id))
        return tx.change

    def move_tag(self, tag_id: str, parent_id: str | None, position: int) -> ChangeSet:
        """Put a tag, with all below it, at a position among the tags below another one (None: at the top).

        Raises:
            StudyError: ROW_MISSING; VALUE_INVALID for a place below itself.
        """
        with self._db.write() as tx:
            parents = {tag.id: tag.parent_id for tag in self.tags()}
            if tag_id not in parents:
                raise StudyError(StudyCode.ROW_MISSING, f"tag {tag_id}")
            above = parent_id
            while above is not None:
                if above == tag_id:
                    raise invalid("tag.parent: itself")
                above = parents.get(above)
            siblings = [tag.id for tag in self._tags_below(parent_id) if tag.id != tag_id]
            siblings.insert(min(max(position, 0), len(siblings)), tag_id)
            tx.update("tag", id_key(tag_id), {"parent_id": parent_id})
            for number, sibling in enumerate(siblings):
                tx.update("tag", id_key(sibling), {"position": number})
        return tx.change

    def remove_tag(self, tag_id: str) -> ChangeSet:
        """Remove a tag and those below it, also from the observations that have them."""
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

    def _tags_below(self, parent_id: str | None) -> list[Tag]:
        tags = self.tags()
        if parent_id is not None and all(tag.id != parent_id for tag in tags):
            raise StudyError(StudyCode.ROW_MISSING, f"tag {parent_id}")
        return [tag for tag in tags if tag.parent_id == parent_id]

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
