"""Settings: what holds for this computer and every study. Each choice is kept at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QLabel, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from app.settings import settings
from app.study_context import StudyContext
from app.theme import SPACE, Text
from app.transcription_wishes import kept_voice, voice_path
from app.views.author_dialog import NAME_MAX, sign_with
from app.widgets.basics import button, column, label, row
from app.wording import sentence
from transcribe.errors import TranscribeError
from transcribe.voice_sample import forget_sample

_WIDTH = 720
_FIELD_WIDTH = 250


class SettingsDialog(QDialog):
    """A list of settings under headings, and a field that looks for one.

    Args:
        context: tells which study is open; a new name signs in it, too.
        open_models: shows the speech models.
    """

    def __init__(
        self, context: Callable[[], StudyContext | None], open_models: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Settings"))
        self.setMinimumWidth(_WIDTH)
        self._context = context
        self._open_models = open_models
        self._boxes: dict[str, QComboBox] = {}
        self._sections: list[tuple[QWidget, list[tuple[QWidget, str]]]] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find a setting"))
        self.search.setAccessibleName(self.tr("Find a setting"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.none_found = label(self.tr("No setting is called that. Try another word."), tone="muted", wrap=True)
        self.none_found.hide()
        close = button(self.tr("Close"))
        close.clicked.connect(self.accept)
        self._body = QVBoxLayout()
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(SPACE[2])
        settings().changed.connect(self._follow)
        self._add_general()
        self._add_recording()
        self._add_speech()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        layout.addLayout(row(label(self.tr("Settings"), Text.TITLE), None, self.search))
        layout.addLayout(self._body)
        layout.addWidget(self.none_found)
        layout.addStretch(1)
        layout.addLayout(row(None, close))
        self.search.setFixedWidth(_FIELD_WIDTH)
        self.search.setFocus()
        for each in self.findChildren(QWidget):
            if hasattr(each, "setAutoDefault"):
                each.setAutoDefault(False)  # Enter in a field keeps what it says; it opens and closes nothing
        self._make_room()

    def _add_general(self) -> None:
        self._section(self.tr("General"))
        self.author = QLineEdit(settings().author)
        self.author.setMaxLength(NAME_MAX)
        self.author.editingFinished.connect(self._sign)
        what = self.tr("Your changes are signed with it, so that colleagues know who made them.")
        self._add(self.tr("&Your name"), what, self.author)
        self.theme = self._choice(
            "theme",
            {"system": self.tr("As the system has it"), "light": self.tr("Light"), "dark": self.tr("Dark")},
        )
        self._add(self.tr("&Theme"), self.tr("Light or dark."), self.theme)
        self.density = self._choice("density", {"comfortable": self.tr("Comfortable"), "dense": self.tr("Dense")})
        self._add(self.tr("&Rows of tables"), self.tr("Dense rows show more at once."), self.density)

    def _add_recording(self) -> None:
        self._section(self.tr("New recordings"))
        self.fps = QSpinBox()
        self.fps.lineEdit().setTextMargins(SPACE[1], 0, 0, 0)
        self.fps.setRange(1, 60)
        self.fps.setValue(settings().fps)
        self.fps.valueChanged.connect(lambda value: setattr(settings(), "fps", value))
        what = self.tr("15 suits most software. More takes more computing and disk.")
        self._add(self.tr("&Pictures a second"), what, self.fps)
        self.keys = self._choice(
            "keys", {"categories": self.tr("Kinds of keys, never the text"), "off": self.tr("Nothing of the keyboard")}
        )
        self._add(self.tr("&Keyboard"), self.tr("What is kept of key presses."), self.keys)
        self.windows = self._choice(
            "window_events",
            {
                "titles": self.tr("Program and title"),
                "programs": self.tr("Program only"),
                "nothing": self.tr("Not kept"),
            },
        )
        what = self.tr("Titles may name what is private, such as an e-mail’s subject.")
        self._add(self.tr("Active &window"), what, self.windows)
        self.live = QCheckBox(self.tr("While recording"))
        self.live.setChecked(settings().transcribe_live)
        self.live.toggled.connect(lambda on: setattr(settings(), "transcribe_live", on))
        what = self.tr("Most of the text is there at the end. The recorder always goes first.")
        self._add(self.tr("Trans&cribe"), what, self.live)

    def _add_speech(self) -> None:
        self._section(self.tr("Speech"))
        models = button(self.tr("Models…"))
        models.clicked.connect(self._open_models)
        self._add(self.tr("Speech &models"), self.tr("Which ones are here, and which one is used."), models)
        self.forget = button(self.tr("Forget it"))
        self.forget.clicked.connect(self._forget)
        self.voice = self._add(self.tr("Moderator’s &voice"), "", self.forget)
        self._show_voice()

    def _make_room(self) -> None:
        """A window doesn't ask its layout how high text is at its width, so long sentences would be cut."""
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(layout.heightForWidth(max(self.width(), _WIDTH)))

    # -- inside ---------------------------------------------------------------------------------------------------

    def _section(self, title: str) -> None:
        if self._sections:
            self._body.addSpacing(SPACE[2])
        head = label(title, Text.STRONG, strong=True)
        self._body.addWidget(head)
        self._sections.append((head, []))

    def _add(self, name: str, what: str, field: QWidget) -> QLabel:
        """Adds a line to the last section; returns the label that tells what the setting does."""
        named = label(name)
        named.setTextFormat(Qt.TextFormat.AutoText)
        named.setBuddy(field)
        plain = name.replace("&", "")
        if not isinstance(field, QCheckBox) or not field.text():
            field.setAccessibleName(plain)
        field.setAccessibleDescription(what)
        field.setFixedWidth(_FIELD_WIDTH)
        about = label(what, Text.CAPTION, tone="muted", wrap=True)
        line = QWidget()
        whole = row(column(named, about, spacing=0), field, spacing=SPACE[3])
        whole.setStretch(0, 1)
        line.setLayout(whole)
        self._body.addWidget(line)
        self._sections[-1][1].append((line, f"{plain} {what}".casefold()))
        return about

    def _choice(self, option: str, values: dict[str, str]) -> QComboBox:
        box = QComboBox()
        for value, words in values.items():
            box.addItem(words, value)
        box.setCurrentIndex(max(0, box.findData(getattr(settings(), option))))
        box.activated.connect(lambda _index: setattr(settings(), option, box.currentData()))
        self._boxes[option] = box
        return box

    def _follow(self, name: str) -> None:
        if (box := self._boxes.get(name)) is not None:  # chosen elsewhere, by a key
            box.setCurrentIndex(max(0, box.findData(getattr(settings(), name))))

    def _sign(self) -> None:
        name = self.author.text().strip()
        if name and name != settings().author:
            sign_with(name, self._context())
        self.author.setText(settings().author)

    def _show_voice(self, problem: str = "") -> None:
        kept = kept_voice() is not None
        said = (
            self.tr("Kept on this computer, in no study, so that it is known again.")
            if kept
            else self.tr("None is kept. In review, “Who speaks” keeps one.")
        )
        self.voice.setText(problem or said)
        self.forget.setAccessibleDescription(problem or said)
        self.forget.setEnabled(kept)
        self._make_room()

    def _forget(self) -> None:
        problem = ""
        try:
            forget_sample(voice_path())
        except TranscribeError as error:
            problem = sentence(error)
        self._show_voice(problem)

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        any_shown = False
        for head, lines in self._sections:
            shown = False
            for line, said in lines:
                fits = all(word in said for word in words)
                line.setVisible(fits)
                shown = shown or fits
            head.setVisible(shown)
            any_shown = any_shown or shown
        self.none_found.setVisible(not any_shown)
