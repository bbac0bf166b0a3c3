"""The store's part for answers to questionnaires, and for what each rater thinks of an issue's severity."""

# ruff: noqa: S608 - the parts of queries are constants, values are always bound
from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping

from annotate._part import StorePart, id_key, invalid, new_id, severity_value
from annotate._rows import Key, Rows
from annotate.changes import ChangeSet
from annotate.errors import StudyCode, StudyError
from annotate.models import Severity
from annotate.questionnaires import FORMS, Instrument, Response


class AnswersPart(StorePart):
    """Answers and ratings of a study. Scores are computed from them and never stored."""

    def responses(self, session_id: str | None = None) -> list[Response]:
        """Of a session, or (None) of all; task by task in the order of time."""
        session, args = ("r.session_id = ?", (session_id,)) if session_id is not None else ("1", ())
        given: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for response_id, item, number in self._db.all(
            "SELECT a.response_id, a.item, a.number FROM answer a JOIN response r ON r.id = a.response_id"
            f" WHERE {session} AND a.number IS NOT NULL",
            *args,
        ):
            given[response_id][item] = round(number)
        rows = self._db.all(
            "SELECT r.id, q.instrument, r.session_id, r.task_run_id FROM response r"
            " JOIN questionnaire q ON q.id = r.questionnaire_id LEFT JOIN task_run t ON t.id = r.task_run_id"
            f" WHERE {session} AND q.instrument IN ({', '.join('?' * len(FORMS))})"
            " ORDER BY r.session_id, t.t_start_ns, q.position, r.id",
            *args,
            *FORMS,
        )
        return [_response(row, given[row["id"]]) for row in rows]

    def answer(
        self, instrument: Instrument, session_id: str, answers: Mapping[str, int | None], task_run_id: str | None = None
    ) -> ChangeSet:
        """Set answers of a session, or of one of its task runs; None takes one away, the last one the whole response.

        Raises:
            StudyError: VALUE_INVALID (an item or a number that the form hasn't got, a run where there is none to give
                or none where one is needed), SESSION_MISSING, ROW_MISSING (the run).
        """
        form = FORMS[instrument]
        for item, number in answers.items():
            if item not in form.names or (number is not None and not _fits(number, form.low, form.high)):
                raise invalid(f"{instrument.value} {item}: {number!r}")
        if form.after_task != (task_run_id is not None):
            raise invalid(f"{instrument.value}: task_run_id")
        with self._db.write() as tx:
            if tx.fetch("session", id_key(session_id)) is None:
                raise StudyError(StudyCode.SESSION_MISSING, session_id)
            run = "SELECT 1 FROM task_run WHERE id = ? AND session_id = ?"
            if task_run_id is not None and tx.one(run, task_run_id, session_id) is None:
                raise StudyError(StudyCode.ROW_MISSING, f"task_run {task_run_id}")
            _set_answers(tx, self._ensure_response(tx, instrument, session_id, task_run_id), answers)
        return tx.change

    def ratings(self) -> dict[str, dict[str, Severity]]:
        """What each rater gave: by issue, then by the rater's name, in the order of the names."""
        found: defaultdict[str, dict[str, Severity]] = defaultdict(dict)
        for issue_id, name, severity in self._db.all(
            "SELECT r.issue_id, a.name, r.severity FROM rating r JOIN author a ON a.id = r.author_id ORDER BY a.name"
        ):
            found[issue_id][name] = Severity(severity)
        return dict(found)

    def rate(self, issue_id: str, severity: Severity | int | None, *, author: str | None = None) -> ChangeSet:
        """Set what a rater (None: the store's author) gives an issue; None takes it away.

        It leaves the agreed severity, `Issue.severity`, as it is.

        Raises:
            StudyError: VALUE_INVALID, ROW_MISSING.
        """
        value = severity_value(severity)
        with self._db.write() as tx:
            if tx.fetch("issue", id_key(issue_id)) is None:
                raise StudyError(StudyCode.ROW_MISSING, f"issue {issue_id}")
            author_id = self._author_id(tx, author)
            key: Key = (("issue_id", issue_id), ("author_id", author_id))
            present = tx.fetch("rating", key) is not None
            if value is None:
                if present:
                    tx.delete("rating", key)
            elif present:
                tx.update("rating", key, {"severity": value})
            else:
                tx.insert("rating", {"issue_id": issue_id, "author_id": author_id, "severity": value})
        return tx.change

    def _ensure_response(self, tx: Rows, instrument: Instrument, session_id: str, task_run_id: str | None) -> str:
        """The row that answers hang on; made when there is none."""
        form = FORMS[instrument]
        row = tx.one(
            "SELECT r.id FROM response r JOIN questionnaire q ON q.id = r.questionnaire_id"
            " WHERE q.instrument = ? AND r.session_id = ? AND r.task_run_id IS ?",
            instrument,
            session_id,
            task_run_id,
        )
        if row is not None:
            return str(row["id"])
        known = tx.one("SELECT id FROM questionnaire WHERE instrument = ? AND version = ?", instrument, form.version)
        questionnaire_id = str(known["id"]) if known is not None else new_id()
        if known is None:
            occasion = "after_task" if form.after_task else "end"
            # No undo takes a form away again: it says only what can be asked.
            tx.note(
                "questionnaire",
                {
                    "id": questionnaire_id,
                    "instrument": instrument.value,
                    "version": form.version,
                    "occasion": occasion,
                    "definition_json": form.definition_json(),
                    "position": list(FORMS).index(instrument),
                },
            )
        response_id = new_id()
        tx.insert(
            "response",
            {
                "id": response_id,
                "questionnaire_id": questionnaire_id,
                "session_id": session_id,
                "task_run_id": task_run_id,
            },
        )
        return response_id


def _set_answers(tx: Rows, response_id: str, answers: Mapping[str, int | None]) -> None:
    for item, number in answers.items():
        key: Key = (("response_id", response_id), ("item", item))
        present = tx.fetch("answer", key) is not None
        if number is None:
            if present:
                tx.delete("answer", key)
        elif present:
            tx.update("answer", key, {"number": float(number)})
        else:
            tx.insert("answer", {"response_id": response_id, "item": item, "number": float(number)})
    if tx.one("SELECT 1 FROM answer WHERE response_id = ?", response_id) is None:
        tx.delete("response", id_key(response_id))


def _response(row: sqlite3.Row, given: Mapping[str, int]) -> Response:
    instrument = Instrument(row["instrument"])
    answers = tuple((name, given[name]) for name in FORMS[instrument].names if name in given)
    return Response(row["id"], instrument, row["session_id"], row["task_run_id"], answers)


def _fits(number: object, low: int, high: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and low <= number <= high
