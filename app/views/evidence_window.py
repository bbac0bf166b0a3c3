"""All stills and clips of a study, what they show, and the reels that are made of them."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QIcon, QImage, QImageReader, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QFileDialog,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from annotate.changes import ChangeSet
from annotate.errors import StudyError
from annotate.evidence.source import pictures
from annotate.export.files import copy_export
from annotate.frames import FrameIndex
from annotate.models import Evidence, EvidenceKind, Reel
from annotate.timeline import SECOND, TimeRange, format_time
from app.commands import CommandRegistry
from app.controllers.evidence import EvidenceController
from app.jobs import JobHandle, Progress
from app.plain import one_line, tooltip
from app.study_context import StudyContext
from app.theme import SPACE, Text, theme
from app.views.tag_window import undo_buttons
from app.widgets.basics import button, label, row
from app.widgets.clip_player import ClipPlayer
from app.widgets.notice import Notice
from app.widgets.observation_editor import icon_button
from app.widgets.reel_editor import THUMB, ReelEditor
from app.widgets.screen_room import open_at
from app.wording import sentence
from transcribe.cancel import CancelToken

_ID = Qt.ItemDataRole.UserRole
_TABLES = {"evidence", "reel", "reel_item", "observation", "session", "participant"}


class EvidenceWindow(QDialog):
    """A window of its own; it stays in step with the study.

    Signals:
        moment_wanted(session id, t_ns): show it on the desk.
        message(words, tone, None).
    """

    moment_wanted = Signal(str, object)
    message = Signal(str, str, object)

    def __init__(
        self,
        context: StudyContext,
        controller: EvidenceController,
        commands: CommandRegistry,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Evidence"))
        open_at(self, 1080, 640)
        self._context, self._controller = context, controller
        self._session_id: str | None = None
        self._listed: dict[str, Evidence] = {}
        self._words: dict[str, str] = {}
        self._thumbs: dict[str, QIcon] = {}
        self._reel_id = ""
        self._previewed = ""
        self._opening: JobHandle | None = None
        self._thumb_job: JobHandle | None = None
        self.scope = QComboBox()
        self.scope.setAccessibleName(self.tr("Of which sessions"))
        self.scope.addItem(self.tr("This session"), "session")
        self.scope.addItem(self.tr("All sessions"), "study")
        self.scope.activated.connect(self.refresh)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Stills and clips"))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setIconSize(QSize(96, 54))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSpacing(2)
        self.list.currentItemChanged.connect(lambda _now, _before: self._on_current())
        self.list.itemDoubleClicked.connect(lambda _item: self.put_in_reel())
        self._notice = Notice()
        self._notice.say(
            "ph.scissors",
            self.tr("No evidence yet"),
            self.tr("In the review, C cuts the marked range or the selected observation; P keeps the picture."),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._notice)
        self._stack.addWidget(self.list)
        self.player = ClipPlayer()
        self.reel = ReelEditor()
        self.reel.explain_with(self._words_of, self._icon_of)
        self.put = button(self.tr("Put into the reel"), icon="ph.arrow-right")
        self.put.setToolTip(self.tr("Puts the selected ones at the end of the reel (Enter, or a double click)"))
        self.put.setAutoDefault(False)
        self.put.clicked.connect(self.put_in_reel)
        self._tools = {
            "folder": icon_button("ph.folder-open", self.tr("Show in its folder")),
            "copy": icon_button("ph.export", self.tr("Save a copy…"), "Ctrl+S"),
            "moment": icon_button("ph.film-strip", self.tr("Go to this moment in the review")),
            "remove": icon_button("ph.trash", self.tr("Delete"), "Del"),
        }
        self._tools["folder"].clicked.connect(self._show_folder)
        self._tools["copy"].clicked.connect(self._save_copy)
        self._tools["moment"].clicked.connect(self._go)
        self._tools["remove"].clicked.connect(self._remove)
        self._lay_out(commands)
        self._tie()
        self._add_keys()

    def _add_keys(self) -> None:
        for key, slot in ((Qt.Key.Key_Delete, self._remove), (Qt.Key.Key_Return, self.put_in_reel)):
            shortcut = QShortcut(QKeySequence(key), self.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(slot)
        space = QShortcut(QKeySequence(Qt.Key.Key_Space), self.list)
        space.setContext(Qt.ShortcutContext.WidgetShortcut)
        space.activated.connect(self.player.playback.toggle)
        QShortcut(QKeySequence("Ctrl+S"), self).activated.connect(self._save_copy)

    def _lay_out(self, commands: CommandRegistry) -> None:
        left, middle = QWidget(), QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[1])
        column.addLayout(row(label(self.tr("Evidence"), Text.STRONG, strong=True), self.scope, None))
        column.addWidget(self._stack, 1)
        column.addLayout(row(self.put, None, *undo_buttons(self, commands)))
        shown = QVBoxLayout(middle)
        shown.setContentsMargins(SPACE[2], 0, SPACE[2], 0)
        shown.setSpacing(SPACE[1])
        self._title = label("", strong=True, wrap=True)
        self._facts = label("", Text.CAPTION, tone="muted", wrap=True)
        shown.addWidget(self.player, 1)
        shown.addLayout(row(self._title, None, *self._tools.values(), spacing=SPACE[0]))
        shown.addWidget(self._facts)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        for part, share in ((left, 30), (middle, 42), (self.reel, 28)):
            splitter.addWidget(part)
            splitter.setStretchFactor(splitter.count() - 1, share)
        splitter.setSizes([300, 450, 300])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        layout.addWidget(splitter)

    def _tie(self) -> None:
        reel, controller = self.reel, self._controller
        reel.chosen.connect(self._choose_reel)
        reel.new_wanted.connect(self._new_reel)
        reel.renamed.connect(controller.rename_reel)
        reel.items_changed.connect(controller.set_items)
        reel.remove_wanted.connect(controller.remove_reel)
        reel.make_wanted.connect(controller.make_reel)
        reel.film_wanted.connect(self._show_film)
        reel.folder_wanted.connect(self._show_film_folder)
        controller.reel_made.connect(self._on_reel_made)
        self._context.changed.connect(self._on_changed)

    # -- what is shown -----------------------------------------------------------------------------------------

    def show_for(self, session_id: str | None, evidence_id: str = "") -> None:
        """Which session is on the desk, and what is to be selected."""
        self._session_id = session_id
        here = {one.id for one in self._context.store.evidence(session_id)} if session_id is not None else set()
        if session_id is None or (evidence_id and evidence_id not in here):
            self.scope.setCurrentIndex(1)
        self.refresh()
        for number in range(self.list.count()):
            if self.list.item(number).data(_ID) == evidence_id:
                self.list.setCurrentRow(number)

    def refresh(self) -> None:
        """Reads what there is; a few rows, so it is done at once. Small pictures come later."""
        store = self._context.store
        wanted = self._session_id if self.scope.currentData() == "session" else None
        codes = {one.id: one.participant_code for one in store.sessions()}
        every = store.evidence()  # nothing from the trash, or of people who withdrew
        bodies = {one.id: one.body for one in store.observations(wanted)}
        self._words = {one.id: _words(one, codes.get(one.session_id, "")) for one in every}
        self._listed = {one.id: one for one in every if wanted is None or one.session_id == wanted}
        before = self.current_id
        self.list.blockSignals(True)
        self.list.clear()
        for one in self._listed.values():
            body = one_line(bodies.get(one.observation_id or "", ""))
            words = self._words[one.id]
            item = QListWidgetItem(self._icon_of(one.id), f"{words}\n{body}" if body else words)
            item.setToolTip(tooltip(body or words))
            item.setData(_ID, one.id)
            self.list.addItem(item)
            if one.id == before:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0 and self.list.count():
            self.list.setCurrentRow(0)
        self.list.blockSignals(False)
        self._stack.setCurrentWidget(self.list if self.list.count() else self._notice)
        self._show_reels()
        self._on_current(same=self.current_id == before)
        self._want_thumbs()

    @property
    def current_id(self) -> str:
        """What is previewed, or ""."""
        number = self.list.currentRow()
        return str(self.list.item(number).data(_ID)) if number >= 0 else ""

    def selected_ids(self) -> list[str]:
        """All selected, in the order shown."""
        rows = sorted(index.row() for index in self.list.selectedIndexes())
        return [str(self.list.item(number).data(_ID)) for number in rows]

    def put_in_reel(self) -> None:
        """Puts the selected ones at the end of the reel; makes a reel if there is none."""
        ids = self.selected_ids()
        if ids and not self.reel.reel_id:
            self._new_reel(self.tr("Highlights"))
        self.reel.add(ids)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.close_media()
        super().closeEvent(event)

    def close_media(self) -> None:
        """Lets go of whatever is played."""
        self._previewed = ""
        self.player.close_media()

    def _show_reels(self) -> None:
        reels = self._context.store.reels()
        films = frozenset(reel.id for reel in reels if self._controller.reel_path(reel) is not None)
        if self._reel_id not in {reel.id for reel in reels}:
            self._reel_id = reels[0].id if reels else ""
        self.reel.set_reels(reels, self._reel_id, films)

    def _choose_reel(self, reel_id: str) -> None:
        self._reel_id = reel_id
        self._show_reels()

    def _new_reel(self, title: str) -> None:
        taken = {reel.title for reel in self._context.store.reels()}
        number, name = 1, title
        while name in taken:
            number += 1
            name = f"{title} {number}"
        reel = self._controller.add_reel(name, [])
        if reel is not None:
            self._choose_reel(reel.id)

    def _on_current(self, *, same: bool = False) -> None:
        """Shows the current one; what is being played goes on if it is the `same`."""
        one = self._listed.get(self.current_id)
        for tool in (*self._tools.values(), self.put):
            tool.setEnabled(one is not None)
        self._title.setText(self._words.get(self.current_id, ""))
        self._facts.setText(_facts(one) if one is not None else "")
        if one is not None and same and one.id == self._previewed:
            return
        self._previewed = one.id if one is not None else ""
        if one is None:
            self.player.show_words(self.tr("Choose a clip or a still to see it."))
            return
        path = self._controller.path_of(one)
        if path is None:
            self.player.show_words(self.tr("The file is not there any more. Undo, or cut it again."))
        elif one.kind is EvidenceKind.STILL:
            self.player.show_still(path)
        elif self.isVisible():
            self._open_clip(path, (one.t_end_ns or one.t_start_ns) - one.t_start_ns)

    def _open_clip(self, path: Path, length_ns: int) -> None:
        if self._opening is not None and not self._opening.done:
            self._opening.cancel()
        self.player.show_words(self.tr("Opening…"))

        def look(_cancel: CancelToken, _progress: Progress) -> FrameIndex:
            return FrameIndex.of_film(path)

        def failed(error: Exception) -> None:
            self.player.show_words(sentence(error))

        def done(frames: FrameIndex) -> None:
            if self.isVisible():
                self.player.show_clip(path, frames, length_ns)

        self._opening = self._context.jobs.run(self.tr("Opening the clip"), look, done, failed, quiet=True)

    def _want_thumbs(self) -> None:
        """Makes the small pictures that are missing, in the background."""
        paths = {
            one_id: path
            for one_id, one in self._listed.items()
            if one_id not in self._thumbs and (path := self._controller.path_of(one)) is not None
        }
        if not paths or (self._thumb_job is not None and not self._thumb_job.done):
            return

        def make(cancel: CancelToken, _progress: Progress) -> dict[str, QImage]:
            found = {}
            for one_id, path in paths.items():
                if cancel.cancelled:
                    break
                found[one_id] = _thumbnail(path)
            return found

        def done(images: dict[str, QImage]) -> None:
            for one_id, image in images.items():
                self._thumbs[one_id] = QIcon(QPixmap.fromImage(image)) if not image.isNull() else QIcon()
            for number in range(self.list.count()):
                item = self.list.item(number)
                item.setIcon(self._icon_of(str(item.data(_ID))))
            self._show_reels()

        self._thumb_job = self._context.jobs.run(self.tr("Making small pictures"), make, done, quiet=True)

    def _words_of(self, evidence_id: str) -> str:
        return self._words.get(evidence_id, "")

    def _icon_of(self, evidence_id: str) -> QIcon:
        found = self._thumbs.get(evidence_id)
        return found if found is not None and not found.isNull() else theme().icon("ph.film-strip", size=20)

    # -- what is done ------------------------------------------------------------------------------------------

    def _current_path(self) -> Path | None:
        one = self._listed.get(self.current_id)
        return self._controller.path_of(one) if one is not None else None

    def _show_folder(self) -> None:
        path = self._current_path()
        if path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

    def _show_film_folder(self, reel_id: str) -> None:
        path = self._controller.reel_path(self._context.store.reel(reel_id))
        if path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))

    def _show_film(self, reel_id: str) -> None:
        reel = self._context.store.reel(reel_id)
        path = self._controller.reel_path(reel)
        if path is not None:
            self._previewed = ""
            self._title.setText(reel.title)
            self._facts.setText("")
            self._open_clip(path, FrameIndex.of_film(path).t_ns(-1))

    def _save_copy(self) -> None:
        path = self._current_path()
        if path is None:
            return
        chosen, _kind = QFileDialog.getSaveFileName(self, self.tr("Save a copy"), str(Path.home() / path.name))
        if not chosen:
            return
        try:
            copy_export(Path(chosen), path)
        except StudyError as error:
            self.message.emit(sentence(error), "warning", None)

    def _go(self) -> None:
        one = self._listed.get(self.current_id)
        if one is not None:
            self.moment_wanted.emit(one.session_id, one.t_start_ns)

    def _remove(self) -> None:
        self._controller.remove(self.selected_ids() or [self.current_id])

    def _on_reel_made(self, reel: Reel) -> None:
        self._show_reels()
        if self.isVisible() and reel.id == self._reel_id:
            self._show_film(reel.id)

    def _on_changed(self, change: ChangeSet | None, _initiator: object) -> None:
        if self.isVisible() and (change is None or change.tables & _TABLES):
            self.refresh()


def _words(one: Evidence, code: str) -> str:
    start = format_time(one.t_start_ns)
    if one.t_end_ns is None:
        return f"{code} · {start}"
    return f"{code} · {start} · {(one.t_end_ns - one.t_start_ns) / SECOND:.1f} s"


def _facts(one: Evidence) -> str:
    parts = [Path(one.path).name]
    if one.kind is EvidenceKind.CLIP:
        captions = {
            "burnt": "captions in the picture",
            "srt": "captions beside it (SRT)",
            "vtt": "captions beside it (WebVTT)",
        }.get(str(one.spec.get("captions")), "no captions")
        parts += [captions, "sound" if one.spec.get("sound") else "no sound"]
    return " · ".join(parts)


def _thumbnail(path: Path) -> QImage:
    """A small picture of a file; a null one if it can't be read."""
    if path.suffix == ".png":
        reader = QImageReader(str(path))
        reader.setScaledSize(reader.size().scaled(THUMB * 2, Qt.AspectRatioMode.KeepAspectRatio))
        return reader.read()
    try:
        shot = next(pictures(path, TimeRange(0, 1)), None)
    except StudyError:
        return QImage()
    if shot is None:
        return QImage()
    frame = shot[1]
    size = QSize(frame.width, frame.height).scaled(THUMB * 2, Qt.AspectRatioMode.KeepAspectRatio)
    small = frame.reformat(width=size.width(), height=size.height(), format="bgra")
    plane = small.planes[0]
    image = QImage(bytes(plane), size.width(), size.height(), plane.line_size, QImage.Format.Format_RGB32)
    return image.copy()
