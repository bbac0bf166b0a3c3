"""The transcript beside the picture: empty, being made, full or broken, with search and a switch to follow."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.models.transcript import TranscriptModel
from app.theme import SPACE, Text, theme
from app.widgets.notice import Notice
from app.widgets.transcript_list import TranscriptList


class TranscriptState(StrEnum):
    """What the pane shows."""

    NO_SESSION = "no_session"
    EMPTY = "empty"
    SILENT = "silent"
    BUSY = "busy"
    FULL = "full"
    BROKEN = "broken"


class TranscriptView(QWidget):
    """The pane. Knows no store: it is told what to show.

    Signals:
        seek_requested(t_ns): a word or line was chosen.
        transcribe_requested(model name or ""): the user wants a transcript; "" means the best model there is.
        cancel_requested: stop what is running.
        replace_requested(find, by, whole words, here only): replace a text, everywhere or in the line it was found in.
        models_requested: the user wants to see, fetch or try speech models.
    """

    seek_requested = Signal(object)
    transcribe_requested = Signal(str)
    cancel_requested = Signal()
    replace_requested = Signal(str, str, bool, bool)
    models_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = TranscriptModel(self)
        self._state = TranscriptState.NO_SESSION
        self._shown_t_ns = 0
        self.list = TranscriptList(self.model, self)
        self.list.seek_requested.connect(self.seek_requested)
        self.list.scrolled.connect(self._stop_following)
        self._notice = Notice(self)
        self.transcribe_button = self._notice.add_button(self.tr("Transcribe"), primary=True)
        self.transcribe_button.clicked.connect(lambda: self.transcribe_requested.emit(""))
        self.models_button = self._notice.add_button(self.tr("Choose a model"), quiet=True)
        self.models_menu = QMenu(self.tr("Transcribe again"), self)
        self.models_menu.setIcon(theme().icon("ph.text-t"))
        self.models_button.setMenu(self.models_menu)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._notice)
        self._stack.addWidget(self.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._build_head())
        layout.addWidget(self._build_find())
        layout.addWidget(self._build_replace())
        layout.addWidget(self._build_busy())
        layout.addWidget(self._build_rest())
        self._lacking = self._build_caption("warning")
        layout.addWidget(self._lacking)
        layout.addWidget(self._stack, 1)
        self._hint = self._build_caption("muted", self.list.editor.hint())
        layout.addWidget(self._hint)
        self._voices = self._build_caption(
            "muted",
            self.tr(
                "The voice model is missing, so who speaks is told by track alone. Install the Python package "
                "resemblyzer 0.1.4 without its dependencies, then transcribe again."
            ),
        )
        layout.addWidget(self._voices)
        self.setTabOrder(self.find_edit, self.replace_edit)  # before the arrows, which are on Enter, too
        self.list.edit_began.connect(lambda _row: self._hint.show())
        self.list.edited.connect(lambda *_edit: self._hint.hide())
        for changed in (
            self.model.modelReset,
            self.model.dataChanged,
            self.model.rowsInserted,
            self.model.rowsRemoved,
        ):
            changed.connect(self._count_doubts)
        self.model.modelReset.connect(self.show_places)
        self.set_state(TranscriptState.NO_SESSION)

    # -- parts -------------------------------------------------------------------------------------------------

    def _build_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(SPACE[2], SPACE[0], SPACE[1], SPACE[0])
        row.setSpacing(SPACE[0])
        title = QLabel(self.tr("Transcript"), self)
        title.setFont(theme().font(strong=True))
        self._about = QLabel(self)
        self._about.setProperty("tone", "muted")
        self.follow_button = QToolButton(self)
        self.follow_button.setIcon(theme().icon("ph.crosshair-simple"))
        self.follow_button.setCheckable(True)
        self.follow_button.setChecked(True)
        self.follow_button.setProperty("look", "quiet")
        self.follow_button.setToolTip(self.tr("Follow the playback"))
        self.follow_button.setAccessibleName(self.tr("Follow the playback"))
        self.follow_button.toggled.connect(self._on_follow)
        self.find_button = QToolButton(self)
        self.find_button.setIcon(theme().icon("ph.magnifying-glass"))
        self.find_button.setProperty("look", "quiet")
        self.find_button.setToolTip(self.tr("Find in the transcript (Ctrl+F)"))
        self.find_button.setAccessibleName(self.tr("Find in the transcript"))
        self.find_button.clicked.connect(self.open_find)
        row.addWidget(title)
        row.addSpacing(SPACE[0])
        row.addWidget(self._about, 1)
        self.doubt_button = QToolButton(self)
        self.doubt_button.setProperty("look", "quiet")
        self.doubt_button.hide()
        row.addWidget(self.doubt_button)
        self.more_button = QToolButton(self)
        self.more_button.setIcon(theme().icon("ph.dots-three"))
        self.more_button.setProperty("look", "quiet")
        self.more_button.setToolTip(self.tr("More: speakers, versions, files"))
        self.more_button.setAccessibleName(self.tr("More about the transcript"))
        self.more_button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more_menu = QMenu(self.more_button)
        self.more_button.setMenu(self.more_menu)
        row.addWidget(self.follow_button)
        row.addWidget(self.find_button)
        row.addWidget(self.more_button)
        return row

    def _build_find(self) -> QWidget:
        self.find_bar = QWidget(self)
        row = QHBoxLayout(self.find_bar)
        row.setContentsMargins(SPACE[2], 0, SPACE[1], SPACE[1])
        row.setSpacing(SPACE[0])
        self.find_edit = QLineEdit(self.find_bar)
        self.find_edit.setPlaceholderText(self.tr("Find in the transcript"))
        self.find_edit.setAccessibleName(self.tr("Find in the transcript"))
        self.find_edit.setClearButtonEnabled(True)
        self.find_edit.textChanged.connect(self._on_needle)
        self.find_edit.installEventFilter(self)
        self._found = QLabel(self.find_bar)
        self._found.setProperty("tone", "muted")
        row.addWidget(self.find_edit, 1)
        row.addWidget(self._found)
        for icon, name, step in (
            ("ph.caret-up", self.tr("Previous place (Shift+Enter)"), -1),
            ("ph.caret-down", self.tr("Next place (Enter)"), 1),
        ):
            button = QToolButton(self.find_bar)
            button.setIcon(theme().icon(icon))
            button.setProperty("look", "quiet")
            button.setToolTip(name)
            button.setAccessibleName(name)
            button.clicked.connect(lambda _checked=False, step=step: self.find_next(step))
            row.addWidget(button)
        self.find_bar.hide()
        return self.find_bar

    def _build_replace(self) -> QWidget:
        self.replace_bar = QWidget(self)
        row = QHBoxLayout(self.replace_bar)
        row.setContentsMargins(SPACE[2], 0, SPACE[1], SPACE[1])
        row.setSpacing(SPACE[0])
        self.replace_edit = QLineEdit(self.replace_bar)
        self.replace_edit.setPlaceholderText(self.tr("Replace with"))
        self.replace_edit.setAccessibleName(self.tr("Replace with"))
        self.replace_edit.installEventFilter(self)
        self.whole_words = QCheckBox(self.tr("Whole words"), self.replace_bar)
        self.whole_words.setChecked(True)
        self.replace_button = QPushButton(self.tr("Replace"), self.replace_bar)
        self.replace_button.setToolTip(self.tr("Replace in this line and go to the next (Enter)"))
        self.replace_button.clicked.connect(lambda: self._replace(here=True))
        self.replace_all_button = QPushButton(self.tr("Replace all"), self.replace_bar)
        self.replace_all_button.setToolTip(self.tr("Replace in the whole transcript (Ctrl+Enter)"))
        self.replace_all_button.clicked.connect(lambda: self._replace(here=False))
        row.addWidget(self.replace_edit, 1)
        for widget in (self.whole_words, self.replace_button, self.replace_all_button):
            row.addWidget(widget)
        self.replace_bar.hide()
        return self.replace_bar

    def _build_busy(self) -> QWidget:
        self.busy_bar = QWidget(self)
        column = QVBoxLayout(self.busy_bar)
        column.setContentsMargins(SPACE[2], 0, SPACE[2], SPACE[1])
        column.setSpacing(SPACE[0])
        row = QHBoxLayout()
        self._busy_label = QLabel(self.busy_bar)
        self._busy_label.setProperty("tone", "muted")
        self.cancel_button = QPushButton(self.tr("Stop"), self.busy_bar)
        self.cancel_button.setProperty("look", "quiet")
        self.cancel_button.setToolTip(self.tr("Stop; what is there already is kept"))
        self.cancel_button.clicked.connect(self.cancel_requested)
        row.addWidget(self._busy_label, 1)
        row.addWidget(self.cancel_button)
        self.progress = QProgressBar(self.busy_bar)
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the transcription"))
        column.addLayout(row)
        column.addWidget(self.progress)
        self.busy_bar.hide()
        return self.busy_bar

    def _build_caption(self, tone: str, words: str = "") -> QLabel:
        """A line of small words that is hidden at first."""
        label = QLabel(words, self)
        label.setProperty("tone", tone)
        label.setFont(theme().font(Text.CAPTION))
        label.setWordWrap(True)
        label.setContentsMargins(SPACE[2], SPACE[0], SPACE[2], SPACE[0])
        label.hide()
        return label

    def _build_rest(self) -> QWidget:
        self._rest_model = ""
        self._rest = QWidget(self)
        row = QHBoxLayout(self._rest)
        row.setContentsMargins(SPACE[2], 0, SPACE[2], SPACE[1])
        words = QLabel(self.tr("The rest of the session was not transcribed."), self._rest)
        words.setProperty("tone", "muted")
        self.rest_button = QPushButton(self.tr("Go on"), self._rest)
        self.rest_button.setToolTip(self.tr("Transcribe the rest; what is there isn't heard again"))
        self.rest_button.clicked.connect(lambda: self.transcribe_requested.emit(self._rest_model))
        row.addWidget(words, 1)
        row.addWidget(self.rest_button)
        self._rest.hide()
        return self._rest

    # -- what it is told ---------------------------------------------------------------------------------------

    @property
    def state(self) -> TranscriptState:
        return self._state

    def set_state(self, state: TranscriptState, detail: str = "") -> None:
        """Changes what the pane shows; lines that are there stay in sight in every state but `NO_SESSION`.

        Args:
            state: the new state.
            detail: for BROKEN and SILENT what happened; for BUSY what is being done.
        """
        self._state = state
        busy = state is TranscriptState.BUSY
        self.busy_bar.setVisible(busy)
        if busy:
            self._busy_label.setText(detail)
        has_lines = self.model.rowCount() > 0 and state is not TranscriptState.NO_SESSION
        can_start = state in {TranscriptState.EMPTY, TranscriptState.BROKEN}
        self.transcribe_button.setVisible(can_start)
        self.models_button.setVisible(can_start)
        match state:
            case TranscriptState.NO_SESSION:
                self._notice.say("ph.chat-text", self.tr("No session open"), "")
            case TranscriptState.EMPTY:
                self._notice.say(
                    "ph.chat-text",
                    self.tr("No transcript yet"),
                    self.tr("Speech is turned into text on this computer. Nothing is sent anywhere."),
                )
            case TranscriptState.SILENT:
                self._notice.say("ph.speaker-x", self.tr("Nothing to transcribe"), detail)
            case TranscriptState.BUSY:
                self._notice.say("ph.ear", self.tr("Listening…"), self.tr("Lines appear here as they are heard."))
            case TranscriptState.BROKEN:
                self._notice.say("ph.warning", self.tr("No transcript"), detail)
            case TranscriptState.FULL:
                self._notice.say("ph.chat-text", self.tr("Nothing was said"), self.tr("No speech was heard."))
        # A broken run with lines still says so: the notice gives way only when there is nothing to explain.
        broken_beside_lines = state is TranscriptState.BROKEN and has_lines
        self._stack.setCurrentWidget(self.list if has_lines and not broken_beside_lines else self._notice)
        for button in (self.follow_button, self.find_button):
            button.setEnabled(has_lines)

    def set_about(self, text: str) -> None:
        """A word on the transcript beside its title: model and language."""
        self._about.setText(text)

    def set_lacking(self, words: str) -> None:
        """Says what of the sound was not there to be heard; empty: nothing is missing."""
        self._lacking.setText(words)
        self._lacking.setVisible(bool(words))

    @property
    def lacking_words(self) -> str:
        return self._lacking.text()

    def set_rest(self, model: str | None) -> None:
        """Offers to go on with a transcript that was cut off, with the model that began it; None: it is whole."""
        self._rest_model = model or ""
        if model is None and self.rest_button.hasFocus():
            self.list.setFocus()  # else it goes to the next button, and the next Enter marks something
        self._rest.setVisible(model is not None)

    def set_voices_missing(self, missing: bool) -> None:
        """Says that speakers can't be told apart by voice, and what to do."""
        self._voices.setVisible(missing)

    @property
    def voices_words(self) -> str:
        """What is said of a missing voice model; empty where nothing is."""
        return "" if self._voices.isHidden() else self._voices.text()

    def set_progress(self, fraction: float | None, text: str) -> None:
        """How far it is; `fraction` None shows that something is being done, not how much."""
        self.progress.setRange(0, 0 if fraction is None else 1000)
        if fraction is not None:
            self.progress.setValue(round(fraction * 1000))
        self._busy_label.setText(text)

    def set_waiting(self, title: str, words: str) -> None:
        """While BUSY without a line yet: why nothing is heard right now; empty when something is."""
        if self._state is TranscriptState.BUSY:
            icon = "ph.hourglass" if title else "ph.ear"
            self._notice.say(
                icon, title or self.tr("Listening…"), words or self.tr("Lines appear here as they are heard.")
            )

    def set_models(self, models: list[tuple[str, str]]) -> None:
        """The models to choose from: name and what is said of it ("142 MB to download")."""
        self.models_menu.clear()
        for name, words in models:
            action = self.models_menu.addAction(f"{name}  ·  {words}" if words else name)
            action.triggered.connect(lambda _checked=False, name=name: self.transcribe_requested.emit(name))
        self.models_menu.addSeparator()
        self.models_menu.addAction(self.tr("Speech models…"), self.models_requested.emit)
        self.models_button.setEnabled(bool(models))

    def show_time(self, t_ns: int) -> None:
        """Marks what is said at `t_ns`."""
        self._shown_t_ns = t_ns
        self.list.show_time(t_ns, follow=self.follow_button.isChecked())

    # -- find --------------------------------------------------------------------------------------------------

    def open_find(self) -> None:
        if not self.find_button.isEnabled():
            return
        self.find_bar.show()
        self.find_edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.find_edit.selectAll()

    def open_replace(self) -> None:
        """Opens the search with a field for what is put in place of what was found."""
        self.open_find()
        if self.find_bar.isVisible():
            self.replace_bar.show()

    def close_find(self) -> None:
        self.find_bar.hide()
        self.replace_bar.hide()
        self.list.set_needle("")
        self.list.setFocus()

    def find_next(self, step: int = 1) -> None:
        """Goes to the next line with the text in it, round about."""
        start = self.list.currentIndex().row() + step if self.list.currentIndex().isValid() else 0
        row = self.model.find(self.find_edit.text(), start, backwards=step < 0)
        if row >= 0:
            self._stop_following()
            self.list.setCurrentIndex(self.model.index(row))
            self.list.bring_into_sight(row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.find_edit and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.close_find()
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.find_next(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
        if watched is self.replace_edit and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.close_find()
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._replace(here=not event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                return True
        return super().eventFilter(watched, event)

    def show_places(self) -> None:
        """Counts the places anew: the text has changed."""
        if self.find_bar.isVisible():
            self._count_places()

    def _replace(self, *, here: bool) -> None:
        if self.find_edit.text().strip():
            self.replace_requested.emit(
                self.find_edit.text(), self.replace_edit.text(), self.whole_words.isChecked(), here
            )

    def _count_places(self) -> int:
        wanted = self.find_edit.text().casefold()
        places = sum(line.text.casefold().count(wanted) for line in self.model.lines()) if wanted else 0
        self._found.setText("" if not wanted else self.tr("none") if not places else str(places))
        return places

    def _count_doubts(self) -> None:
        count = sum(line.doubtful for line in self.model.lines())
        self.doubt_button.setVisible(count > 0)
        self.doubt_button.setText(f"? {count}")
        words = self.tr("Go to the next place in doubt (D); {count} in all").format(count=count)
        self.doubt_button.setToolTip(words)
        self.doubt_button.setAccessibleName(words)

    def _on_needle(self, text: str) -> None:
        self.list.set_needle(text)
        places = self._count_places()
        if places:
            row = self.model.find(text, max(0, self.list.currentIndex().row()))
            self.list.setCurrentIndex(self.model.index(row))
            self.list.bring_into_sight(row)

    def _stop_following(self) -> None:
        self.follow_button.setChecked(False)

    def _on_follow(self, follow: bool) -> None:
        row = self.model.row_at(self._shown_t_ns)
        if follow and row >= 0:
            self.list.bring_into_sight(row)
