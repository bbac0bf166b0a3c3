"""The store's part for issues: the usability problems that observations of several participants point to."""

# ruff: noqa: S608 - the parts of queries are constants, values are always bound
from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NoReturn

from annotate._observations import COUNTS, OBSERVATION_ORDER, ObservationsPart
from annotate._part import (
    id_key,
    invalid,
    known,
    new_id,
    optional_text,
    required_text,
    same_text,
    severity_value,
)
from annotate._rows import Key, Rows
from annotate._sessions import TOLD
from annotate.changes import ChangeSet, SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.models import Issue, IssueLink, IssueStatus, Severity

_WEIGHTS = ("persistence", "reach", "impact", "confidence", "effort")
_FIELDS = ("title", "description", "recommendation", "severity", "status", "task_id", "heuristic", *_WEIGHTS)
_MOST = 1e9
"""No product has more users in a month, and no issue takes more days."""


class IssuesPart(ObservationsPart):
    """Issues of a study."""

    def issues(self, *, merged: bool = False) -> list[Issue]:
        """By number. `frequency` counts the participants with an observation that speaks for the issue.

        Sessions in the trash are left out, and so are people who withdrew (an issue that none but they speak for says
        so); pilots, and what is trimmed off a session, don't count. Issues that were merged into another one are left
        out too, unless `merged`.
        """
        where = "" if merged else "WHERE merged_into IS NULL"
        rows = self._db.all(f"SELECT id, number, {', '.join(_FIELDS)}, merged_into FROM issue {where} ORDER BY number")
        linked: defaultdict[str, list[str]] = defaultdict(list)
        people: defaultdict[str, set[str]] = defaultdict(set)
        spoken: defaultdict[str, set[bool]] = defaultdict(set)
        for issue_id, observation_id, stance, participant_id, counts, told in self._db.all(
            f"SELECT l.issue_id, l.observation_id, l.stance, s.participant_id, {COUNTS}, {TOLD}"
            " FROM issue_observation l JOIN observation o ON o.id = l.observation_id"
            " JOIN session s ON s.id = o.session_id"
            f" WHERE s.trashed_utc IS NULL ORDER BY {OBSERVATION_ORDER}"
        ):
            if stance == "for":
                spoken[issue_id].add(bool(told))
            if not told:
                continue
            linked[issue_id].append(observation_id)
            if stance == "for" and counts:
                people[issue_id].add(participant_id)
        return [
            Issue(
                **{
                    **dict(row),
                    "severity": None if row["severity"] is None else Severity(row["severity"]),
                    "status": IssueStatus(row["status"]),
                    "observation_ids": tuple(linked[row["id"]]),
                    "frequency": len(people[row["id"]]),
                    "withdrawn": spoken[row["id"]] == {False},
                }
            )
            for row in rows
        ]

    def issue(self, issue_id: str) -> Issue:
        """Raises StudyError(ROW_MISSING)."""
        for issue in self.issues(merged=True):
            if issue.id == issue_id:
                return issue
        raise _missing(issue_id)

    def add_issue(
        self,
        title: str,
        *,
        severity: Severity | int | None = None,
        description: str | None = None,
        observation_ids: Sequence[str] = (),
    ) -> tuple[Issue, ChangeSet]:
        """Add an issue with the next number, and link observations to it.

        Raises:
            StudyError: VALUE_INVALID, ROW_MISSING (an observation).
        """
        issue_id = new_id()
        fields = {"title": title, "severity": severity, "description": description}
        with self._db.write() as tx:
            tx.insert(
                "issue",
                {
                    "id": issue_id,
                    "number": tx.next_issue_number(),
                    "status": str(IssueStatus.OPEN),
                    **{name: _field(name, value) for name, value in fields.items()},
                },
            )
            _link(tx, issue_id, observation_ids)
        return self.issue(issue_id), tx.change

    def update_issue(self, issue_id: str, **fields: Any) -> ChangeSet:
        """Set any of `title, description, recommendation, severity, status, task_id, heuristic`, or of what its
        priority is made of: `persistence, reach, impact, confidence, effort` (see `Issue`).

        Raises:
            StudyError: VALUE_INVALID, ROW_MISSING (the issue, the task).
        """
        known("issue", fields, _FIELDS)
        with self._db.write() as tx:
            task_id = fields.get("task_id")
            if task_id is not None and tx.one("SELECT 1 FROM task WHERE id = ?", task_id) is None:
                raise StudyError(StudyCode.ROW_MISSING, f"task {task_id}")
            tx.update("issue", id_key(issue_id), {name: _field(name, value) for name, value in fields.items()})
        return tx.change

    def remove_issue(self, issue_id: str) -> ChangeSet:
        """Remove an issue; its observations stay."""
        with self._db.write() as tx:
            tx.delete("issue", id_key(issue_id))
        return tx.change

    def link(self, issue_id: str, observation_ids: Sequence[str]) -> ChangeSet:
        """Let observations speak for an issue; those that do already are left as they are."""
        with self._db.write() as tx:
            if tx.fetch("issue", id_key(issue_id)) is None:
                raise _missing(issue_id)
            _link(tx, issue_id, observation_ids)
        return tx.change

    def issue_links(self) -> list[IssueLink]:
        """Which observation speaks for or against which issue, issue by issue in the order of the observations."""
        rows = self._db.all(
            "SELECT l.issue_id, l.observation_id, l.stance FROM issue_observation l"
            " JOIN observation o ON o.id = l.observation_id JOIN session s ON s.id = o.session_id"
            f" ORDER BY l.issue_id, {OBSERVATION_ORDER}"
        )
        return [IssueLink(row["issue_id"], row["observation_id"], row["stance"] == "for") for row in rows]

    def set_stance(self, issue_id: str, observation_ids: Sequence[str], *, speaks_for: bool) -> ChangeSet:
        """Let observations that are linked to an issue speak for it or against it.

        Raises:
            StudyError: ROW_MISSING (a link).
        """
        with self._db.write() as tx:
            for observation_id in dict.fromkeys(observation_ids):
                key = _link_key(issue_id, observation_id)
                tx.update("issue_observation", key, {"stance": "for" if speaks_for else "against"})
        return tx.change

    def unlink(self, issue_id: str, observation_ids: Sequence[str]) -> ChangeSet:
        """Take observations out of an issue; those that aren't in it are passed over."""
        with self._db.write() as tx:
            for observation_id in dict.fromkeys(observation_ids):
                key = _link_key(issue_id, observation_id)
                if tx.fetch("issue_observation", key) is not None:
                    tx.delete("issue_observation", key)
        return tx.change

    def merge_issues(self, keep_id: str, other_ids: Sequence[str]) -> ChangeSet:
        """Make one issue of several: the others' observations go to the one that is kept, and so do texts it lacks and
        what raters gave who did not rate the one that is kept.

        The others stay as duplicates that say into what they were merged, so that a tracker's link to them isn't lost;
        lists leave them out. What was merged into them before goes along.

        Raises:
            StudyError: ROW_MISSING, VALUE_INVALID (an issue with itself, or one that was merged away already).
        """
        with self._db.write() as tx:
            keep = tx.fetch("issue", id_key(keep_id))
            if keep is None:
                raise _missing(keep_id)
            for other_id in dict.fromkeys(other_ids):
                other = tx.fetch("issue", id_key(other_id))
                if other is None:
                    raise _missing(other_id)
                if other_id == keep_id or keep["merged_into"] is not None or other["merged_into"] is not None:
                    raise invalid(f"issue {other['number']}")
                _move_links(tx, other_id, keep_id)
                _copy_ratings(tx, other_id, keep_id)
                lacking = {name: other[name] for name in _FIELDS if keep[name] is None and other[name] is not None}
                if lacking:
                    tx.update("issue", id_key(keep_id), lacking)
                    keep = {**keep, **lacking}
                for row in tx.all("SELECT id FROM issue WHERE merged_into = ?", other_id):
                    tx.update("issue", id_key(row["id"]), {"merged_into": keep_id})
                gone: dict[str, SqlValue] = {"merged_into": keep_id, "status": str(IssueStatus.DUPLICATE)}
                tx.update("issue", id_key(other_id), gone)
        return tx.change

    def kept_apart(self) -> frozenset[frozenset[str]]:
        """The pairs of issues (ids) that look alike and are not the same problem, as somebody said."""
        rows = self._db.all("SELECT issue_id, other_id FROM issue_apart")
        return frozenset(frozenset((row["issue_id"], row["other_id"])) for row in rows)

    def keep_apart(self, first_id: str, second_id: str, *, apart: bool = True) -> ChangeSet:
        """Say that two issues are not the same problem, so that nobody is asked again; or take that back.

        Raises:
            StudyError: ROW_MISSING, VALUE_INVALID (an issue and itself).
        """
        if first_id == second_id:
            raise invalid(f"issue {first_id}")
        with self._db.write() as tx:
            for issue_id in (first_id, second_id):
                if tx.fetch("issue", id_key(issue_id)) is None:
                    raise _missing(issue_id)
            # A merge may have brought the pair in the other order.
            keys: list[Key] = [
                (("issue_id", one), ("other_id", other))
                for one, other in ((first_id, second_id), (second_id, first_id))
            ]
            present = [key for key in keys if tx.fetch("issue_apart", key) is not None]
            if apart and not present:
                tx.insert("issue_apart", {"issue_id": first_id, "other_id": second_id})
            elif not apart:
                for key in present:
                    tx.delete("issue_apart", key)
        return tx.change

    def split_issue(self, issue_id: str, observation_ids: Sequence[str], title: str) -> tuple[Issue, ChangeSet]:
        """Make another issue of some of an issue's observations; it begins with the same task and heuristic.

        Raises:
            StudyError: ROW_MISSING (the issue, a link), VALUE_INVALID (no observation, no title).
        """
        wanted = list(dict.fromkeys(observation_ids))
        if not wanted:
            raise invalid("observation_ids")
        with self._db.write() as tx:
            whole = tx.fetch("issue", id_key(issue_id))
            if whole is None:
                raise _missing(issue_id)
            made, _ = self.add_issue(title)
            tx.update("issue", id_key(made.id), {"task_id": whole["task_id"], "heuristic": whole["heuristic"]})
            for observation_id in wanted:
                link = tx.fetch("issue_observation", _link_key(issue_id, observation_id))
                if link is None:
                    raise StudyError(StudyCode.ROW_MISSING, f"observation {observation_id}")
                tx.delete("issue_observation", _link_key(issue_id, observation_id))
                tx.insert("issue_observation", {**link, "issue_id": made.id})
        return self.issue(made.id), tx.change

    def ensure_issue(self, title: str) -> tuple[Issue, ChangeSet]:
        """The issue of a title (capitals aside), made if there is none."""
        title = required_text("title", title)
        with self._db.write() as tx:
            found = [issue for issue in self.issues() if same_text(issue.title, title)]
            issue = found[0] if found else self.add_issue(title)[0]
        return issue, tx.change


def _field(name: str, value: object) -> SqlValue:
    if name == "title":
        return required_text(name, value)
    if name == "severity":
        return severity_value(value)
    if name == "status":
        if value not in list(IssueStatus):
            raise invalid(f"status: {value!r}")
        return str(value)
    if name in _WEIGHTS:
        return None if value is None else _weight(name, value)
    return optional_text(name, value)


def _weight(name: str, value: object) -> SqlValue:
    """What a priority is made of, within the bounds that `Issue` tells."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise invalid(f"{name}: {value!r}")
    if name == "persistence":
        fits = value in {1, 2, 3}
        return int(value) if fits else _refuse(name, value)
    low, high = {"reach": (0.0, _MOST), "impact": (0.25, 3.0), "confidence": (0.05, 1.0), "effort": (0.01, _MOST)}[name]
    return float(value) if low <= value <= high else _refuse(name, value)


def _refuse(name: str, value: object) -> NoReturn:
    raise invalid(f"{name}: {value!r}")


def _link(tx: Rows, issue_id: str, observation_ids: Sequence[str]) -> None:
    for observation_id in dict.fromkeys(observation_ids):
        if tx.fetch("observation", id_key(observation_id)) is None:
            raise StudyError(StudyCode.ROW_MISSING, f"observation {observation_id}")
        if tx.fetch("issue_observation", _link_key(issue_id, observation_id)) is None:
            tx.insert("issue_observation", {"issue_id": issue_id, "observation_id": observation_id})


def _move_links(tx: Rows, from_id: str, to_id: str) -> None:
    """An observation that is linked to both stays as it is with the one it goes to."""
    for link in tx.all("SELECT * FROM issue_observation WHERE issue_id = ?", from_id):
        tx.delete("issue_observation", _link_key(from_id, link["observation_id"]))
        if tx.fetch("issue_observation", _link_key(to_id, link["observation_id"])) is None:
            tx.insert("issue_observation", {**dict(link), "issue_id": to_id})


def _copy_ratings(tx: Rows, from_id: str, to_id: str) -> None:
    """Who rated both meant the one that stays by its own rating."""
    for rating in tx.all("SELECT * FROM rating WHERE issue_id = ?", from_id):
        if tx.fetch("rating", (("issue_id", to_id), ("author_id", rating["author_id"]))) is None:
            tx.insert("rating", {**dict(rating), "issue_id": to_id})


def _link_key(issue_id: str, observation_id: str) -> Key:
    return (("issue_id", issue_id), ("observation_id", observation_id))


def _missing(issue_id: str) -> StudyError:
    return StudyError(StudyCode.ROW_MISSING, f"issue {issue_id}")
