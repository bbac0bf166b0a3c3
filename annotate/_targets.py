"""The store's part for trackers: targets without their tokens, and what of each issue was sent where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from annotate._part import StorePart, id_key, new_id, required_text
from annotate._rows import Key, Rows, utc_now
from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.backlog.links import Link, LinkState, fields_from_text
from annotate.backlog.plan import Fields, RemoteRef, TargetConfig
from annotate.changes import SqlValue


class TargetsPart(StorePart):
    """Targets of a study, and the links from its issues to the trackers' issues."""

    def targets(self) -> list[TargetConfig]:
        """In the order in which they were set up."""
        rows = self._db.all(
            "SELECT id, kind, name, base_url, project, account, mapping_json FROM export_target ORDER BY rowid"
        )
        return [
            TargetConfig(
                row["id"],
                row["kind"],
                row["name"],
                row["base_url"] or "",
                row["project"] or "",
                row["account"] or "",
                fields_from_text(row["mapping_json"]),
            )
            for row in rows
        ]

    def target(self, name: str) -> TargetConfig:
        """By its name (capitals aside) or id. Raises BacklogError(TARGET_UNKNOWN)."""
        found = [one for one in self.targets() if name == one.id or one.name.casefold() == name.strip().casefold()]
        if not found:
            raise BacklogError(BacklogCode.TARGET_UNKNOWN, name)
        return found[0]

    def put_target(self, config: TargetConfig) -> TargetConfig:
        """Adds a target (its id is empty), or sets an existing one's settings.

        Raises:
            BacklogError: TARGET_EXISTS (another one of that name), TARGET_UNKNOWN.
        """
        name = required_text("name", config.name)
        row: dict[str, SqlValue] = {
            "kind": config.kind,
            "name": name,
            "base_url": config.base_url or None,
            "project": config.project or None,
            "account": config.account or None,
            "mapping_json": json.dumps(dict(config.mapping), ensure_ascii=False, sort_keys=True),
        }
        with self._db.write() as tx:
            same = [one for one in self.targets() if one.name.casefold() == name.casefold() and one.id != config.id]
            if same:
                raise BacklogError(BacklogCode.TARGET_EXISTS, name)
            target_id = config.id or new_id()
            if not config.id:
                tx.insert("export_target", {"id": target_id, **row})
            elif tx.fetch("export_target", id_key(target_id)) is None:
                raise BacklogError(BacklogCode.TARGET_UNKNOWN, name)
            else:
                tx.update("export_target", id_key(target_id), row)
        return self.target(target_id)

    def remove_target(self, target_id: str) -> None:
        """Forgets a target and what was sent there; the tracker's issues stay as they are."""
        with self._db.write() as tx:
            tx.delete("export_target", id_key(target_id))

    def links(self, target_id: str) -> StudyLinks:
        """What was sent to a target."""
        return StudyLinks(self, target_id)

    def links_of_issues(self) -> dict[str, list[tuple[TargetConfig, Link]]]:
        """For each issue that is in a tracker: where, and its status there as last read."""
        targets = {one.id: one for one in self.targets()}
        found: dict[str, list[tuple[TargetConfig, Link]]] = {}
        for row in self._db.all("SELECT * FROM export_link WHERE remote_id IS NOT NULL ORDER BY rowid"):
            found.setdefault(row["issue_id"], []).append((targets[row["target_id"]], _link(dict(row))))
        return found


class StudyLinks:
    """`LinkStore` over a study. Each method is a transaction of its own, so that a death leaves the last one whole."""

    def __init__(self, part: TargetsPart, target_id: str) -> None:
        self._db = part._db  # noqa: SLF001 - the store's other half
        self._target = target_id

    def link(self, issue_id: str) -> Link | None:
        row = self._db.one("SELECT * FROM export_link WHERE target_id = ? AND issue_id = ?", self._target, issue_id)
        return None if row is None else _link(dict(row))

    def sending(self, issue_id: str, content_hash: str, sent: Fields) -> None:
        gone = {"remote_id": None, "remote_key": None, "remote_url": None}
        self._set(issue_id, state=LinkState.SENDING, content_hash=content_hash, sent=sent, more=gone)

    def done(self, issue_id: str, ref: RemoteRef, content_hash: str, sent: Fields, status: str) -> None:
        more: dict[str, SqlValue] = {
            "remote_id": ref.id,
            "remote_key": ref.key,
            "remote_url": ref.url,
            "last_error": None,
        }
        if status:
            more["remote_status"] = status
        self._set(issue_id, state=LinkState.DONE, content_hash=content_hash, sent=sent, more=more)

    def failed(self, issue_id: str, why: str) -> None:
        self._set(issue_id, state=LinkState.FAILED, more={"last_error": why})

    def lost(self, issue_id: str) -> None:
        self._set(issue_id, state=LinkState.LOST, more={})

    def seen(self, issue_id: str, status: str) -> None:
        self._set(issue_id, state=LinkState.DONE, more={"remote_status": status})

    def file_state(self, issue_id: str, sha256: str) -> LinkState | None:
        row = self._db.one(
            "SELECT state FROM export_file WHERE target_id = ? AND issue_id = ? AND sha256 = ?",
            self._target,
            issue_id,
            sha256,
        )
        return None if row is None else LinkState(row["state"])

    def file_sending(self, issue_id: str, sha256: str, evidence_id: str) -> None:
        with self._db.write() as tx:
            self._file(tx, issue_id, sha256, {"state": LinkState.SENDING.value, "evidence_id": evidence_id})

    def file_done(self, issue_id: str, sha256: str, remote_id: str) -> None:
        with self._db.write() as tx:
            self._file(tx, issue_id, sha256, {"state": LinkState.DONE.value, "remote_id": remote_id or None})

    def file_failed(self, issue_id: str, sha256: str) -> None:
        with self._db.write() as tx:
            self._file(tx, issue_id, sha256, {"state": LinkState.FAILED.value})

    def _file(self, tx: Rows, issue_id: str, sha256: str, fields: Mapping[str, SqlValue]) -> None:
        key: Key = (("target_id", self._target), ("issue_id", issue_id), ("sha256", sha256))
        if tx.fetch("export_file", key) is None:
            tx.insert("export_file", {**dict(key), **fields})
        else:
            tx.update("export_file", key, fields)

    def _set(
        self,
        issue_id: str,
        *,
        state: LinkState,
        more: Mapping[str, SqlValue],
        content_hash: str | None = None,
        sent: Fields | None = None,
    ) -> None:
        row: dict[str, SqlValue] = {"state": state.value, "synced_utc": utc_now(), **more}
        if content_hash is not None:
            row["content_hash"] = content_hash
        if sent is not None:
            row["sent_json"] = json.dumps(sent, ensure_ascii=False, sort_keys=True)
        key: Key = (("target_id", self._target), ("issue_id", issue_id))
        with self._db.write() as tx:
            if tx.fetch("export_link", key) is None:
                tx.insert("export_link", {**dict(key), **row})
            else:
                tx.update("export_link", key, row)


def _link(row: Mapping[str, Any]) -> Link:
    ref = None
    if row["remote_id"] is not None:
        ref = RemoteRef(row["remote_id"], row["remote_key"] or row["remote_id"], row["remote_url"] or "")
    return Link(
        row["issue_id"],
        LinkState(row["state"]),
        ref,
        row["content_hash"] or "",
        fields_from_text(row["sent_json"]),
        row["remote_status"] or "",
        row["synced_utc"] or "",
        row["last_error"] or "",
    )
