"""The store's part for the study itself: its name, tasks, participants and consent forms."""

# ruff: noqa: S608 - table names come from the code, values are always bound
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotate._consent_items import add_items
from annotate._part import (
    StorePart,
    id_key,
    invalid,
    known,
    new_id,
    optional_text,
    required_text,
    same_text,
    time_ns,
)
from annotate._rows import Rows
from annotate.changes import ChangeSet, SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.models import ConsentForm, Participant, Study, Task
from capture.config import Scope


class StudyPart(StorePart):
    """The plan of a study."""

    def study(self) -> Study:
        row = self._db.one("SELECT id, name, product, description, language FROM study")
        if row is None:
            raise StudyError(StudyCode.STUDY_BROKEN, str(self.folder))
        return Study(**dict(row))

    def update_study(self, **fields: Any) -> ChangeSet:
        """Set any of `name, product, description, language`."""
        known("study", fields, ("name", "product", "description", "language"))
        values: dict[str, SqlValue] = {
            name: required_text(name, value) if name == "name" else optional_text(name, value)
            for name, value in fields.items()
        }
        with self._db.write() as tx:
            tx.update("study", id_key(self.study().id), values)
        return tx.change

    def tasks(self) -> list[Task]:
        """In the order in which they are given to participants."""
        rows = self._db.all(
            "SELECT id, position, title, scenario, expected_ns, criticality FROM task ORDER BY position, id"
        )
        return [Task(**dict(row)) for row in rows]

    def add_task(self, title: str, *, scenario: str | None = None, expected_ns: int | None = None) -> ChangeSet:
        """Add a task after the others."""
        fields = _task_fields({"title": title, "scenario": scenario, "expected_ns": expected_ns})
        with self._db.write() as tx:
            tx.insert("task", {"id": new_id(), "position": _count(tx, "task"), **fields})
        return tx.change

    def update_task(self, task_id: str, **fields: Any) -> ChangeSet:
        """Set any of `title, scenario, expected_ns, criticality` (1 to 5)."""
        known("task", fields, ("title", "scenario", "expected_ns", "criticality"))
        with self._db.write() as tx:
            tx.update("task", id_key(task_id), _task_fields(fields))
        return tx.change

    def remove_task(self, task_id: str) -> ChangeSet:
        """Remove a task nobody has been given yet.

        Raises:
            StudyError: ROW_IN_USE when a session has runs of it.
        """
        with self._db.write() as tx:
            tx.delete("task", id_key(task_id))
            _renumber(tx, "task", [task.id for task in self.tasks()])
        return tx.change

    def move_task(self, task_id: str, position: int) -> ChangeSet:
        """Put a task at a position, counted from 0; the others make room."""
        with self._db.write() as tx:
            order = [task.id for task in self.tasks()]
            if task_id not in order:
                raise StudyError(StudyCode.ROW_MISSING, f"task {task_id}")
            order.remove(task_id)
            order.insert(max(0, position), task_id)
            _renumber(tx, "task", order)
        return tx.change

    def participants(self) -> list[Participant]:
        """By code."""
        rows = self._db.all("SELECT id, code, status, notes FROM participant ORDER BY code")
        return [Participant(**dict(row)) for row in rows]

    def ensure_participant(self, code: str) -> tuple[Participant, ChangeSet]:
        """The participant of a code (capitals aside), made if there is none."""
        code = required_text("code", code)
        with self._db.write() as tx:
            found = [one for one in self.participants() if same_text(one.code, code)]
            if found:
                return found[0], tx.change
            participant = Participant(new_id(), code, "invited", None)
            tx.insert("participant", {"id": participant.id, "code": code, "status": participant.status})
        return participant, tx.change

    def consent_text(self, version: int | None = None, language: str = "en") -> ConsentForm:
        """The consent form of a version (None: the latest), in a language, or else in whichever it has.

        Raises:
            StudyError: ROW_MISSING when there is no such version.
        """
        wanted = self.latest_consent_version() if version is None else version
        row = self._db.one(
            "SELECT version, language, body FROM consent_form WHERE version = ? ORDER BY language <> ?, language",
            wanted,
            language,
        )
        if row is None:
            raise StudyError(StudyCode.ROW_MISSING, f"consent_form {wanted}")
        return ConsentForm(**dict(row))

    def consent_items(self, version: int) -> dict[Scope, str]:
        """What of a version can be agreed to one by one, in the order in which it is asked."""
        rows = self._db.all(
            "SELECT i.scope, i.body FROM consent_item i JOIN consent_form f ON f.id = i.form_id"
            " WHERE f.version = ? AND f.language = ? ORDER BY i.rowid",
            version,
            self.consent_text(version).language,
        )
        return {Scope(row["scope"]): row["body"] for row in rows if row["scope"] in list(Scope)}

    def consent_versions(self) -> dict[int, int]:
        """Every version of the consent form, the latest first, with the number of sessions that agreed to it."""
        rows = self._db.all(
            "SELECT f.version, count(DISTINCT c.session_id) AS agreed FROM consent_form f"
            " LEFT JOIN consent c ON c.form_id = f.id GROUP BY f.version ORDER BY f.version DESC"
        )
        return {row["version"]: row["agreed"] for row in rows}

    def add_consent_version(self, body: str, items: Mapping[Scope, str]) -> tuple[ConsentForm, ChangeSet]:
        """Let another text follow the latest one; earlier versions stay with the sessions that agreed to them.

        Args:
            body: Markdown.
            items: For each scope what is agreed to; those that are left out keep the words they had.

        Raises:
            StudyError: VALUE_INVALID (a text or an item without words).
        """
        body = required_text("consent form", body)
        items = {scope: required_text(f"consent to {scope.value}", words) for scope, words in items.items()}
        with self._db.write() as tx:
            last = self.consent_text()
            form = ConsentForm(last.version + 1, last.language, body)
            fields: dict[str, SqlValue] = {"version": form.version, "language": form.language, "body": body}
            form_id = new_id()
            tx.insert("consent_form", {"id": form_id, **fields})
            add_items(tx, form_id, {**self.consent_items(last.version), **items})
        return form, tx.change

    def latest_consent_version(self) -> int:
        row = self._db.one("SELECT max(version) AS version FROM consent_form")
        return int(row["version"]) if row is not None and row["version"] is not None else 0


def _task_fields(fields: dict[str, Any]) -> dict[str, SqlValue]:
    values: dict[str, SqlValue] = {}
    for name, value in fields.items():
        if name == "title":
            values[name] = required_text(name, value)
        elif name == "scenario":
            values[name] = optional_text(name, value)
        elif name == "criticality":
            if value not in {None, 1, 2, 3, 4, 5} or isinstance(value, bool):
                raise invalid(f"{name}: {value!r}")
            values[name] = value
        elif value is None or time_ns(name, value) > 0:
            values[name] = value
        else:
            raise invalid(name)
    return values


def _count(tx: Rows, table: str) -> int:
    row = tx.one(f"SELECT coalesce(max(position) + 1, 0) AS next FROM {table}")
    assert row is not None
    return int(row["next"])


def _renumber(tx: Rows, table: str, order: list[str]) -> None:
    for position, row_id in enumerate(order):
        tx.update(table, id_key(row_id), {"position": position})
