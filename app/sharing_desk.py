"""What the window has a part in beside recording: imports, the trash, and studies on their way to other computers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QFileDialog

from annotate.copying import copy_recording
from annotate.importing import Imported, ImportRequest, import_recording, imported_before
from annotate.merge_report import MergeReport
from annotate.merging import merge
from annotate.models import Loss, Session
from annotate.packing import PACK_SUFFIX, Packed, pack
from annotate.store import SUFFIX
from annotate.timeline import format_time
from annotate.unpacking import PackInfo, is_pack, read_pack, unpack
from app import paths
from app.commands import Command, CommandRegistry
from app.jobs import Jobs, Progress
from app.main_window import MainWindow, Place
from app.media_words import sound_words
from app.merge_words import sessions_words
from app.recording import app_version
from app.settings import settings
from app.size_words import size_words
from app.study_context import StudyContext
from app.views.import_dialog import ImportDialog
from app.views.merge_dialog import MergeDialog
from app.views.pack_dialog import PackDialog
from app.views.trash_dialog import TrashDialog
from transcribe.cancel import CancelToken

if TYPE_CHECKING:
    from app.controllers.study import StudyController
    from app.views.sessions import SessionsPage
    from capture.foreign import ForeignMedia

MEDIA_SUFFIXES = (".mp4", ".mkv", ".mov", ".webm", ".m4v", ".avi", ".ts", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv")
"""What the file dialog offers; any file can be tried."""


class SharingDesk(QObject):
    """Ties the dialogs to the window and runs their jobs. Main thread only.

    Signals:
        review(session id), open_study(Path): the user wants to go on there.
    """

    review = Signal(str)
    open_study = Signal(object)

    def __init__(
        self,
        jobs: Jobs,
        commands: CommandRegistry,
        studies: StudyController,
        window: MainWindow,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.jobs = jobs
        self.studies = studies
        self.window = window
        self.dialog: QDialog | None = None
        self._add_commands(commands)
        studies.context_changed.connect(self._note_place)

    @property
    def context(self) -> StudyContext | None:
        return self.studies.context

    def _add_commands(self, commands: CommandRegistry) -> None:
        def has_study() -> bool:
            return self.context is not None

        def add(command: Command, run: Callable[[], object], enabled: Callable[[], bool] | None = has_study) -> None:
            commands.add(command, run, self.window, enabled)

        add(
            Command("session.import", self.tr("Import a recording…"), "Ctrl+Shift+I", "ph.file-arrow-down",
                    tip=self.tr("Make a session of a recording made elsewhere: MP4, MKV, MOV, WebM")),
            self.choose_recording,
        )  # fmt: skip
        add(Command("sessions.trash", self.tr("Trash…"), "", "ph.trash"), self.open_trash)
        add(
            Command("study.pack", self.tr("Pack the study…"), "", "ph.package",
                    tip=self.tr("Pack the study into one file for a colleague")),
            self.open_pack,
        )  # fmt: skip
        add(
            Command("study.merge", self.tr("Merge another study…"), "", "ph.git-merge",
                    tip=self.tr("Take in what was recorded on another laptop: its study's pack, or its folder")),
            self.choose_merge,
        )  # fmt: skip
        folder = Command("study.merge_folder", self.tr("Merge another study's folder…"), "", "ph.git-merge")
        add(folder, self.choose_merge_folder)
        add(
            Command("study.unpack", self.tr("Unpack a study…"), "", "ph.package",
                    tip=self.tr("Unpack a study that a colleague packed")),
            self.choose_pack,
            None,
        )  # fmt: skip

    # -- a recording made elsewhere -------------------------------------------------------------------------------

    def choose_recording(self) -> None:
        """Asks for a file, and goes on with it."""
        kinds = " ".join(f"*{suffix}" for suffix in MEDIA_SUFFIXES)
        filters = self.tr("Recordings (%1);;All files (*)").replace("%1", kinds)
        title = self.tr("Import a recording made elsewhere")
        chosen, _kind = QFileDialog.getOpenFileName(self.window, title, str(Path.home()), filters)
        if chosen:
            self.take_file(Path(chosen))

    def take_file(self, path: Path) -> None:
        """A file that was chosen or dropped: a pack is merged or unpacked, anything else looked at as a recording."""
        if is_pack(path):
            if self.context is None:
                self.begin_unpack(path)
            else:
                self.begin_merge(path)
            return
        context = self.context
        if context is None:
            self.window.say(self.tr("Open the study that the recording belongs to first."), "info")
            return

        def look(_cancel: CancelToken, _progress: Progress) -> tuple[ForeignMedia, list[Session]]:
            from capture.foreign import probe_media

            with context.open_store() as store:
                return probe_media(path), imported_before(store, path)

        def done(found: tuple[ForeignMedia, list[Session]]) -> None:
            if self.context is context:
                self._ask_import(context, *found)

        self.jobs.run(self.tr("Looking into the recording"), look, done, quiet=True)

    def _ask_import(self, context: StudyContext, media: ForeignMedia, before: list[Session]) -> None:
        dialog = ImportDialog(context.store, media, before, self.window)
        dialog.wanted.connect(partial(self._import, context))
        self._open(dialog)

    def _import(self, context: StudyContext, request: ImportRequest) -> None:
        def run(cancel: CancelToken, progress: Progress) -> Imported:
            def show(share: float) -> None:
                cancel.check()
                progress(share, "")

            with context.open_store() as store:
                return import_recording(store, request, show, app_version=app_version())

        def done(made: Imported) -> None:
            context.announce()
            session = made.session
            words = self.tr("Imported as a session of %1: %2, %3.")
            words = words.replace("%1", session.participant_code)
            words = words.replace("%2", format_time(session.duration_ns or 0)).replace("%3", sound_words(made))
            tone = "warning" if made.breaks_off_ns is not None or made.unread_ns else "success"
            self.window.say(words, tone, (self.tr("Open in review"), partial(self.review.emit, session.id)))
            page = self.sessions_page()
            if page is not None:
                page.select(session.id)

        self.jobs.run(self.tr("Importing %1").replace("%1", request.media.path.name), run, done)

    def sessions_page(self) -> SessionsPage | None:
        """The page of the sessions, if there is one."""
        from app.views.sessions import SessionsPage

        page = self.window.page(Place.SESSIONS)
        return page if isinstance(page, SessionsPage) else None

    # -- trash and missing recordings -----------------------------------------------------------------------------

    def trash(self, session_id: str) -> None:
        """Puts a session into the trash, with an undo at hand."""
        context = self.context
        if context is None:
            return
        code = context.store.session(session_id).participant_code
        steps = context.undo.index()
        context.do(self.tr("Move session to trash"), lambda store: store.trash_session(session_id))
        if context.undo.index() != steps:
            words = self.tr("The session of %1 is in the trash. Its recording is still there.").replace("%1", code)
            self.window.say(words, "info", (self.tr("Undo"), context.undo.undo))

    def open_trash(self) -> None:
        """Shows what is in the trash."""
        context = self.context
        if context is None:
            return
        dialog = TrashDialog(context, self.window)
        dialog.remove.connect(partial(self._remove, context, dialog))
        dialog.count.connect(partial(self._count, context, dialog))
        self._open(dialog)

    def _count(self, context: StudyContext, dialog: TrashDialog, ids: list[str]) -> None:
        def run(_cancel: CancelToken, _progress: Progress) -> Loss:
            with context.open_store() as store:
                return store.loss_of(ids)

        self.jobs.run(self.tr("Counting what would be lost"), run, partial(dialog.show_loss, ids), quiet=True)

    def _remove(self, context: StudyContext, dialog: TrashDialog, ids: list[str]) -> None:
        def run(_cancel: CancelToken, progress: Progress) -> None:
            with context.open_store() as store:
                for number, session_id in enumerate(ids):
                    progress(number / len(ids), "")
                    store.remove_trashed([session_id])

        def done(_nothing: None) -> None:
            context.undo.clear()  # what was done to these sessions can't be undone any more
            context.announce()
            dialog.refresh()

        def failed(error: Exception) -> None:
            context.announce()
            dialog.refresh()
            self.window.say_error(error)

        self.jobs.run(self.tr("Emptying the trash"), run, done, failed, cancellable=False)

    def find_recording(self, session_id: str) -> None:
        """Asks where the missing recording of a session lies, and brings it back."""
        context = self.context
        if context is None:
            return
        title = self.tr("Find the recording: the folder that has its manifest.json in it")
        chosen = QFileDialog.getExistingDirectory(self.window, title, str(context.folder))
        if chosen:
            self.bring_back(session_id, Path(chosen))

    def bring_back(self, session_id: str, folder: Path) -> None:
        """Copies the recording in a folder into the study, unless it lies there."""
        context = self.context
        if context is None:
            return

        def run(cancel: CancelToken, progress: Progress) -> None:
            total = max(1, sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
            done_bytes = 0

            def show(size: int) -> None:
                nonlocal done_bytes
                cancel.check()
                done_bytes += size
                progress(done_bytes / total, "")

            with context.open_store() as store:
                copy_recording(store, session_id, folder, show)

        def done(_nothing: None) -> None:
            context.announce()
            self.window.say(self.tr("The recording is back. The folder you chose stays as it is."), "success")

        self.jobs.run(self.tr("Bringing the recording back"), run, done)

    # -- studies that were moved ----------------------------------------------------------------------------------

    def say_moved(self, folder: Path) -> None:
        """A study isn't where it was: asks where it is, or whether to forget it."""
        words = self.tr("The study “%1” is not in its folder any more: it was moved, or its disk is not plugged in.")

        def find() -> None:
            title = self.tr("Find the study: choose its folder, which ends in .moderato")
            chosen = QFileDialog.getExistingDirectory(self.window, title, str(Path.home()))
            if chosen:
                self.open_study.emit(Path(chosen))

        def forget() -> None:
            settings().forget_study(folder)
            self.studies.refresh()

        name = folder.name.removesuffix(SUFFIX)
        self.window.say(
            words.replace("%1", name), "warning", (self.tr("Find it…"), find), (self.tr("Take off the list"), forget)
        )

    def _note_place(self, context: StudyContext | None) -> None:
        """Remembers which study lies where; of one that was moved the old place is forgotten."""
        if context is None:
            return
        study_id, place = context.store.study().id, str(context.folder)
        known = {folder: one for folder, one in settings().studies_known.items() if folder in settings().recent_studies}
        for folder, one in list(known.items()):
            if one == study_id and folder != place and not Path(folder).exists():
                settings().forget_study(Path(folder))
                del known[folder]
        settings().studies_known = {**known, place: study_id}

    # -- packs ----------------------------------------------------------------------------------------------------

    def open_pack(self) -> None:
        """Asks how to pack the open study."""
        context = self.context
        if context is None:
            return
        dialog = PackDialog(context.store, settings().pack_folder or str(Path.home()), self.window)
        dialog.wanted.connect(partial(self._pack, context))
        self._open(dialog)

    def _pack(self, context: StudyContext, out: Path, media: bool) -> None:
        settings().pack_folder = str(out.parent)

        def run(cancel: CancelToken, progress: Progress) -> Packed:
            def show(share: float) -> None:
                cancel.check()
                progress(share, "")

            with context.open_store() as store:
                # The file dialog has asked whether a file that is there may be replaced.
                return pack(store, out, media=media, overwrite=True, app_version=app_version(), progress=show)

        def done(packed: Packed) -> None:
            words = self.tr("%n session(s) packed into %1 (%2). Only send it where the participants agreed to.", "",
                            packed.sessions)  # fmt: skip
            self.window.say(words.replace("%1", out.name).replace("%2", size_words(packed.size_bytes)), "success")

        self.jobs.run(self.tr("Packing %1").replace("%1", out.name), run, done)

    def choose_pack(self) -> None:
        """Asks for a pack and where it goes."""
        chosen = self._pack_name(self.tr("Unpack a study"))
        if chosen is not None:
            self.begin_unpack(chosen)

    def begin_unpack(self, path: Path) -> None:
        """Unpacks into the folder of the studies, under a name that is free there."""

        def run(cancel: CancelToken, progress: Progress) -> tuple[Path, PackInfo]:
            def show(share: float) -> None:
                cancel.check()
                progress(share, "")

            info = read_pack(path)
            return unpack(path, free_name(paths.studies_dir(), info.folder), show), info

        def done(made: tuple[Path, PackInfo]) -> None:
            folder, info = made
            words = self.tr("“%1” is unpacked.").replace("%1", info.name)
            if not info.media:
                words += " " + self.tr("Pictures and sound were not packed; all text is here.")
            self.window.say(words, "success", (self.tr("Open it"), partial(self.open_study.emit, folder)))
            self.studies.refresh()

        self.jobs.run(self.tr("Unpacking %1").replace("%1", path.name), run, done)

    def choose_merge(self) -> None:
        """Asks for the pack of another study."""
        chosen = self._pack_name(self.tr("Merge another study: choose its pack"))
        if chosen is not None:
            self.begin_merge(chosen)

    def choose_merge_folder(self) -> None:
        """Asks for the folder of another study."""
        title = self.tr("Merge another study: choose its folder, which ends in .moderato")
        chosen = QFileDialog.getExistingDirectory(self.window, title, str(Path.home()))
        if chosen:
            self.begin_merge(Path(chosen))

    def begin_merge(self, other: Path, *, apart: bool = False) -> None:
        """Looks what merging would do, and shows it."""
        context = self.context
        if context is None:
            return

        def done(report: MergeReport) -> None:
            if self.context is not context:
                return
            if isinstance(self.dialog, MergeDialog) and self.dialog.isVisible():
                self.dialog.show_report(report)
                return
            dialog = MergeDialog(context.store.study().name, other, report, self.window)
            dialog.wanted.connect(partial(self._merge, context, other))
            dialog.changed.connect(lambda apart: self.begin_merge(other, apart=apart))
            self._open(dialog)

        self._run_merge(self.tr("Looking into %1").replace("%1", other.name), context, other, (apart, True), done)

    def _merge(self, context: StudyContext, other: Path, apart: bool) -> None:
        def done(report: MergeReport) -> None:
            context.announce()
            tone = "info" if report.empty else "success"
            words = sessions_words(report)
            if report.backup is not None:
                words += " " + self.tr("The study as it was before is in its folder “backups”.")
            self.window.say(words, tone)

        self._run_merge(self.tr("Merging %1").replace("%1", other.name), context, other, (apart, False), done)

    def _run_merge(
        self,
        title: str,
        context: StudyContext,
        other: Path,
        how: tuple[bool, bool],
        done: Callable[[MergeReport], object],
    ) -> None:
        apart, preview = how

        def run(cancel: CancelToken, progress: Progress) -> MergeReport:
            def show(share: float) -> None:
                cancel.check()
                progress(share, "")

            with context.open_store() as store:
                return merge(store, other, apart=apart, preview=preview, progress=show)

        self.jobs.run(title, run, done)

    def _pack_name(self, title: str) -> Path | None:
        kind = self.tr("Packed studies (*%1)").replace("%1", PACK_SUFFIX)
        chosen, _kind = QFileDialog.getOpenFileName(self.window, title, str(Path.home()), kind)
        return Path(chosen) if chosen else None

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._forget)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _forget(self) -> None:
        self.dialog = None


def free_name(place: Path, name: str) -> Path:
    """A path in `place` where nothing lies: `name`, or with a number before its suffix."""
    wanted, number = Path(name), 1
    target = place / name
    while target.exists() or target.is_symlink():
        number += 1
        target = place / f"{wanted.stem} {number}{wanted.suffix}"
    return target
