"""What a participant agreed to: the consents and answers that a bundle brings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from annotate._part import id_key
from annotate._rows import Rows
from annotate._sessions import utc_text
from annotate.changes import SqlValue
from annotate.models import Session
from capture.bundle import Manifest
from capture.config import Scope
from capture.events import Mark, MarkOrigin


def give_consent(tx: Rows, session: Session, mark: Mark, manifest: Manifest) -> str:
    """Make a consent and its answers of a mark; returns why that can't be, or ""."""
    version = mark.payload.get("version")
    form = None
    if type(version) is int:
        form = tx.one("SELECT id FROM consent_form WHERE version = ? ORDER BY language <> 'en'", version)
    if form is None:
        return f"no version {version}"
    method = mark.payload.get("method")
    if method not in {"screen", "paper", "cli"}:
        method = "cli" if mark.origin is MarkOrigin.CLI else "screen"
    epoch = datetime.fromtimestamp(manifest.epoch_utc_ns // 1_000_000_000, UTC)
    row: dict[str, SqlValue] = {
        "id": mark.id,
        "participant_id": session.participant_id,
        "session_id": session.id,
        "form_id": form["id"],
        "method": str(method),
        "given_utc": utc_text(epoch + timedelta(microseconds=mark.t_ns // 1000)),
    }
    tx.insert("consent", row)
    put_answers(tx, mark)
    return ""


def put_answers(tx: Rows, mark: Mark) -> None:
    """Note what was agreed to and what wasn't, once for each consent.

    Nothing is noted where the mark doesn't say it (older recordings: the form was agreed to as a whole), where the
    consent is gone, or where it has answers. A study that was made before answers were kept gets them this way the
    next time the bundle is taken in.
    """
    scopes = mark.payload.get("scopes")
    consent = tx.fetch("consent", id_key(mark.id))
    if not isinstance(scopes, list) or consent is None:
        return
    if tx.one("SELECT 1 FROM consent_answer WHERE consent_id = ?", mark.id) is not None:
        return
    for item in tx.all("SELECT id, scope FROM consent_item WHERE form_id = ? ORDER BY rowid", consent["form_id"]):
        if item["scope"] in list(Scope):
            agreed = int(item["scope"] in scopes)
            tx.insert("consent_answer", {"consent_id": mark.id, "item_id": item["id"], "agreed": agreed, "value": None})
