"""The store's part for the trash: sessions put there, taken out again, and removed for good with their recordings."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from annotate._part import id_key, new_id
from annotate._rows import utc_now
from annotate._sessions import SessionsPart
from annotate._sqlite import make_private_dir, os_code
from annotate.changes import ChangeSet
from annotate.errors import StudyCode, StudyError
from annotate.models import Loss, Session, SessionState
from capture.bundle import SessionBundle
from capture.errors import CaptureError

_GOING = ".removing"
"""Where a recording lies from the moment its session is gone until the last of its files is."""


class TrashPart(SessionsPart):
    """A session in the trash keeps all it has; it is out of lists, figures, search and exports."""

    def trash_session(self, session_id: str) -> ChangeSet:
        """Put a session into the trash.

        Raises:
            StudyError: SESSION_MISSING, SESSION_ACTIVE while it is recorded.
        """
        with self._db.write() as tx:
            session = self.session(session_id)
            if session.state is SessionState.RECORDING and self._is_recorded(session):
                raise StudyError(StudyCode.SESSION_ACTIVE, session.participant_code)
            if session.trashed_utc is None:
                tx.update("session", id_key(session_id), {"trashed_utc": utc_now()})
        return tx.change

    def restore_session(self, session_id: str) -> ChangeSet:
        """Take a session out of the trash. Raises StudyError(SESSION_MISSING)."""
        with self._db.write() as tx:
            self.session(session_id)
            tx.update("session", id_key(session_id), {"trashed_utc": None})
        return tx.change

    def loss_of(self, session_ids: Sequence[str]) -> Loss:
        """What removing these sessions for good would lose. Looks at the files: call it from a job."""
        sessions = [self.session(session_id) for session_id in session_ids]
        transcripts = sum(session.transcript_state is not None for session in sessions)
        return Loss(
            len(sessions),
            sum(session.duration_ns or 0 for session in sessions),
            sum(session.observation_count for session in sessions),
            transcripts,
            sum(_size(folder) for session in sessions if (folder := self._own_folder(session)) is not None),
        )

    def remove_trashed(self, session_ids: Sequence[str]) -> ChangeSet:
        """Remove sessions that lie in the trash for good, with their recordings. There is no undo.

        Those that don't lie in the trash are passed over. A recording outside the study's folder stays where it is.
        What can't be deleted just now is deleted the next time.

        Raises:
            StudyError: SESSION_MISSING; STUDY_UNWRITABLE when a recording can't be moved away. What was removed
                before that is gone.
        """
        removed = ChangeSet()
        for session_id in session_ids:
            session = self.session(session_id)
            if session.trashed_utc is None:
                continue
            folder = self._own_folder(session)
            going = self._move_away(folder) if folder is not None else None
            try:
                with self._db.write() as tx:
                    tx.delete("session", id_key(session_id))
            except BaseException:
                if folder is not None and going is not None:
                    going.replace(folder)
                raise
            removed = ChangeSet((*removed.rows, *tx.change.rows))
        self.sweep()
        return removed

    def sweep(self) -> None:
        """Delete what is left of recordings that were removed."""
        shutil.rmtree(self.folder / _GOING, ignore_errors=True)

    def missing_recordings(self) -> frozenset[str]:
        """The ids of sessions whose recording's folder isn't there."""
        return frozenset(
            session.id
            for session in self.sessions()
            if session.bundle_path is not None
            and session.state is not SessionState.PLANNED
            and not self.bundle_dir(session).is_dir()
        )

    def find_recording(self, session_id: str, folder: Path) -> ChangeSet:
        """Say where the recording of a session lies now.

        Raises:
            StudyError: SESSION_MISSING; OTHER_RECORDING when the folder holds none, or another session's.
        """
        with self._db.write() as tx:
            session = self.session(session_id)
            try:
                found = SessionBundle.open(folder).manifest().id
            except CaptureError as exc:
                raise StudyError(StudyCode.OTHER_RECORDING, session.participant_code) from exc
            if found != session.id:
                raise StudyError(StudyCode.OTHER_RECORDING, session.participant_code)
            tx.update("session", id_key(session_id), {"bundle_path": self._relative(folder)})
        return tx.change

    def _is_recorded(self, session: Session) -> bool:
        return session.bundle_path is not None and SessionBundle(self.bundle_dir(session)).is_recording()

    def _own_folder(self, session: Session) -> Path | None:
        """The folder of a session's recording where it is the study's to delete: one level below `sessions`."""
        if session.bundle_path is None:
            return None
        folder = self.folder.resolve() / session.bundle_path
        own = folder.parent.resolve() == self.sessions_dir.resolve() and not folder.is_symlink()
        return folder if own and folder.is_dir() else None

    def _move_away(self, folder: Path) -> Path:
        going = self.folder / _GOING / f"{folder.name}.{new_id()[:8]}"
        try:
            make_private_dir(going.parent)
            return folder.replace(going)
        except OSError as exc:
            raise StudyError(os_code(exc), str(folder)) from exc


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            if path.is_file() and not path.is_symlink():
                total += path.stat().st_size
    return total
