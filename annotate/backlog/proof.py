"""Which stills and clips of an issue may leave the computer: those whose session's consent covers them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from annotate.backlog.finding import FindingFile
from annotate.models import Evidence, EvidenceKind, Issue, Session
from annotate.store import StudyStore
from capture.config import Scope

_MEDIA = {".png": "image/png", ".jpg": "image/jpeg", ".mp4": "video/mp4", ".srt": "application/x-subrip"}


class Proof:
    """Read once for an export. `of(issue)` gives the files, stills first, and why others stay here."""

    def __init__(self, store: StudyStore, sessions: dict[str, Session]) -> None:
        self._store = store
        self._sessions = sessions
        self._by_observation: dict[str, list[Evidence]] = {}
        for one in store.evidence():
            if one.observation_id is not None:
                self._by_observation.setdefault(one.observation_id, []).append(one)

    def of(self, issue: Issue) -> tuple[tuple[FindingFile, ...], tuple[str, ...]]:
        """Raises StudyError as `StudyStore` says."""
        found = [one for seen in issue.observation_ids for one in self._by_observation.get(seen, ())]
        found.sort(key=lambda one: one.kind is not EvidenceKind.STILL)
        files: list[FindingFile] = []
        withheld: list[str] = []
        for one in found:
            session = self._sessions.get(one.session_id)
            if session is None:
                continue  # nothing of it is told
            path = self._store.bundle_dir(session) / one.path
            name = _name(session, one, path)
            why = uncovered(session, one)
            if why:
                withheld.append(f"{name}: {why}")
            elif not path.is_file():
                withheld.append(f"{name}: the file is not there")
            else:
                sha256 = one.sha256 or _digest(path)
                kind = _MEDIA.get(path.suffix.lower(), "application/octet-stream")
                size = path.stat().st_size
                files.append(FindingFile(path, _name(session, one, path, sha256), sha256, size, kind, one.id))
        return tuple(files), tuple(withheld)


def uncovered(session: Session, one: Evidence) -> str:
    """Why a file must not leave the computer, empty where it may."""
    if session.consent_version is None:
        return "no consent was noted for the session"
    if not session.agreed(Scope.SCREEN):
        return "the consent does not cover the screen"
    if one.kind is EvidenceKind.CLIP and one.spec.get("sound") is not False and not session.agreed(Scope.VOICE):
        return "the consent does not cover the voice"
    return ""


def _name(session: Session, one: Evidence, path: Path, sha256: str | None = None) -> str:
    """`P01_12m07s_0a1b2c3d.png`: whose, when, and eight digits of the content, by which it is known again."""
    seconds = one.t_start_ns // 1_000_000_000
    code = "".join(c if c.isalnum() or c in "-_" else "-" for c in session.participant_code)
    digits = (sha256 or one.sha256 or "")[:8]
    tail = f"_{digits}" if digits else ""
    return f"{code}_{seconds // 60:02}m{seconds % 60:02}s{tail}{path.suffix.lower()}"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
