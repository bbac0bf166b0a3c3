"""The store's part for evidence: stills and clips of sessions, and reels made of them."""

# ruff: noqa: S608 - the parts of queries are constants, values are always bound
from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from annotate._part import StorePart, id_key, invalid, new_id, required_text, time_ns
from annotate._sessions import TOLD, WITHDRAWN
from annotate.changes import ChangeSet, SqlValue
from annotate.errors import StudyCode, StudyError
from annotate.models import Evidence, EvidenceKind, Reel, ReelItem

_EVIDENCE = """
SELECT e.id, e.session_id, e.observation_id, e.kind, e.t_start_ns, e.t_end_ns, e.spec_json, e.path, e.sha256,
  e.created_utc FROM evidence e
"""


class EvidencePart(StorePart):
    """Evidence and reels of a study. The files themselves are `annotate.evidence`'s."""

    def evidence(self, session_id: str | None = None) -> list[Evidence]:
        """Of a session, or (None) of all that are told; in the order of time."""
        told = f"JOIN session s ON s.id = e.session_id WHERE {TOLD}"
        where, args = ("WHERE e.session_id = ?", (session_id,)) if session_id is not None else (told, ())
        rows = self._db.all(f"{_EVIDENCE} {where} ORDER BY e.session_id, e.t_start_ns, e.created_utc, e.id", *args)
        return [_evidence(row) for row in rows]

    def evidence_item(self, evidence_id: str) -> Evidence:
        """Raises StudyError(ROW_MISSING)."""
        row = self._db.one(f"{_EVIDENCE} WHERE e.id = ?", evidence_id)
        if row is None:
            raise StudyError(StudyCode.ROW_MISSING, f"evidence {evidence_id}")
        return _evidence(row)

    def add_evidence(
        self,
        session_id: str,
        kind: EvidenceKind,
        *,
        t_start_ns: int,
        t_end_ns: int | None,
        path: str,
        sha256: str,
        spec: Mapping[str, object],
        observation_id: str | None = None,
    ) -> tuple[Evidence, ChangeSet]:
        """List a file that was made.

        Args:
            session_id: The session it shows.
            kind: Still or clip.
            t_start_ns: The moment, or where the clip begins.
            t_end_ns: Where the clip ends; None for a still.
            path: Relative to the session's bundle, with '/'.
            sha256: Of the file.
            spec: How it was made, as JSON can hold it.
            observation_id: What it proves, if anything.

        Raises:
            StudyError: VALUE_INVALID (unknown session or observation among others).
        """
        relative = PurePosixPath(path)
        if relative.is_absolute() or ".." in relative.parts:
            raise invalid(f"evidence.path: {path}")
        evidence_id = new_id()
        with self._db.write() as tx:
            tx.insert(
                "evidence",
                {
                    "id": evidence_id,
                    "session_id": session_id,
                    "observation_id": observation_id,
                    "kind": str(EvidenceKind(kind)),
                    "t_start_ns": time_ns("t_start_ns", t_start_ns),
                    "t_end_ns": None if t_end_ns is None else time_ns("t_end_ns", t_end_ns),
                    "spec_json": json.dumps(dict(spec), ensure_ascii=False),
                    "path": path,
                    "sha256": sha256,
                },
            )
        return self.evidence_item(evidence_id), tx.change

    def remove_evidence(self, evidence_id: str) -> ChangeSet:
        """Take it off the list, and out of the reels. Its file stays until `annotate.evidence.sweep`, for an undo."""
        with self._db.write() as tx:
            tx.delete("evidence", id_key(evidence_id))
        return tx.change

    def reels(self) -> list[Reel]:
        """By title. A film that shows somebody who withdrew counts as not made: `path` is None."""
        items: defaultdict[str, list[ReelItem]] = defaultdict(list)
        for reel_id, evidence_id, card in self._db.all(
            "SELECT reel_id, evidence_id, card FROM reel_item ORDER BY reel_id, position"
        ):
            items[reel_id].append(ReelItem(evidence_id, card))
        rows = self._db.all(
            "SELECT r.id, r.title, CASE WHEN EXISTS (SELECT 1 FROM reel_item i JOIN evidence e ON e.id = i.evidence_id"
            f" JOIN session s ON s.id = e.session_id WHERE i.reel_id = r.id AND {WITHDRAWN}) THEN NULL ELSE r.path END"
            " AS path FROM reel r ORDER BY r.title, r.created_utc, r.id"
        )
        return [Reel(row["id"], row["title"], row["path"], tuple(items[row["id"]])) for row in rows]

    def reel(self, reel_id: str) -> Reel:
        """Raises StudyError(ROW_MISSING)."""
        for reel in self.reels():
            if reel.id == reel_id:
                return reel
        raise StudyError(StudyCode.ROW_MISSING, f"reel {reel_id}")

    def add_reel(self, title: str, items: Sequence[ReelItem] = ()) -> tuple[Reel, ChangeSet]:
        """Begin a reel."""
        reel_id = new_id()
        with self._db.write() as tx:
            tx.insert("reel", {"id": reel_id, "title": required_text("title", title)})
            self.set_reel_items(reel_id, items)
        return self.reel(reel_id), tx.change

    def update_reel(self, reel_id: str, **fields: Any) -> ChangeSet:
        """Set any of `title, path`."""
        values: dict[str, SqlValue] = {}
        for name, value in fields.items():
            if name == "title":
                values[name] = required_text(name, value)
            elif name == "path" and (value is None or isinstance(value, str)):
                values[name] = value
            else:
                raise invalid(f"reel.{name}")
        with self._db.write() as tx:
            tx.update("reel", id_key(reel_id), values)
        return tx.change

    def set_reel_items(self, reel_id: str, items: Sequence[ReelItem]) -> ChangeSet:
        """Give a reel its parts, in their order.

        Raises:
            StudyError: ROW_MISSING; VALUE_INVALID for a part that is neither evidence nor a card.
        """
        with self._db.write() as tx:
            old = tx.all("SELECT position FROM reel_item WHERE reel_id = ? ORDER BY position", reel_id)
            for row in old:
                tx.delete("reel_item", (("reel_id", reel_id), ("position", row["position"])))
            for position, item in enumerate(items):
                card = (item.card or "").strip() or None
                if item.evidence_id is None and card is None:
                    raise invalid("reel_item")
                if item.evidence_id is not None:
                    self.evidence_item(item.evidence_id)
                tx.insert(
                    "reel_item",
                    {"reel_id": reel_id, "position": position, "evidence_id": item.evidence_id, "card": card},
                )
        return tx.change

    def remove_reel(self, reel_id: str) -> ChangeSet:
        """Remove a reel; its clips stay."""
        with self._db.write() as tx:
            tx.delete("reel", id_key(reel_id))
        return tx.change


def _evidence(row: Any) -> Evidence:
    values = dict(row)
    spec = json.loads(values.pop("spec_json") or "{}")
    kind = EvidenceKind(values.pop("kind"))
    return Evidence(**{**values, "kind": kind, "spec": spec, "path": values["path"] or ""})
