"""The card of the plan that says how the study's sessions are transcribed: language, vocabulary, translation."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QPlainTextEdit, QSizePolicy

from annotate.changes import ChangeSet
from annotate.errors import StudyError
from app.study_context import StudyContext
from app.theme import SPACE, Text
from app.widgets.basics import Card, column, label, row
from app.widgets.saved_text import SavedText

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
    "sv": "Svenska",
    "uk": "Українська",
    "tr": "Türkçe",
    "ja": "日本語",
    "ko": "한국어",
    "zh": "中文",
}
"""What is offered, each in its own name; the command line takes every language that the model knows."""


class StudySpeech(Card):
    """Every edit is a step of undo."""

    def __init__(self) -> None:
        super().__init__()
        self._context: StudyContext | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.language = QComboBox()
        self.language.addItem(self.tr("Found for each session"), "")
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        self.language.activated.connect(self._choose_language)
        language_label = label(self.tr("&Language"), Text.CAPTION, tone="muted")
        self.terms = QPlainTextEdit()
        self.terms.setFixedHeight(76)
        self.terms.setTabChangesFocus(True)
        self.terms.setPlaceholderText(self.tr("Product names and jargon, one on each line"))
        self._saved = SavedText(self.terms)
        self._saved.edited.connect(self._keep_terms)
        terms_label = label(self.tr("&Vocabulary: words the speech model is to expect"), Text.CAPTION, tone="muted")
        for made, field in ((language_label, self.language), (terms_label, self.terms)):
            made.setTextFormat(Qt.TextFormat.AutoText)
            made.setBuddy(field)
        self.translate = QCheckBox(self.tr("Translate to English too, where it is another language"))
        self.translate.clicked.connect(self._choose_translate)
        self.body.addLayout(row(label(self.tr("Transcripts"), Text.STRONG, strong=True), None))
        self.body.addLayout(column(language_label, self.language, spacing=SPACE[0]))
        self.body.addLayout(column(terms_label, self.terms, spacing=SPACE[0]))
        self.body.addWidget(self.translate)

    def set_context(self, context: StudyContext | None) -> None:
        """Shows another study, or none."""
        self._saved.save()
        if self._context is not None:
            self._context.changed.disconnect(self._changed)
        self._context = context
        if context is not None:
            context.changed.connect(self._changed)
            self._show(other=True)

    def _changed(self, _change: ChangeSet | None, _initiator: object) -> None:
        self._show(other=False)

    def _show(self, *, other: bool) -> None:
        if self._context is None:
            return
        try:
            study = self._context.store.study()
            wishes = self._context.store.wishes()
            terms = [one.term for one in self._context.store.vocabulary()]
        except StudyError as error:
            self._context.failed.emit(error)
            return
        code = study.language or ""
        if self.language.findData(code) < 0:
            self.language.addItem(code, code)
        self.language.setCurrentIndex(self.language.findData(code))
        self._saved.show_text("\n".join(terms), other=other)
        self.translate.setChecked(wishes.translate)

    def _choose_language(self) -> None:
        code = self.language.currentData() or None
        if self._context is not None and code != self._context.store.study().language:
            self._context.do(self.tr("Change language"), lambda store: store.update_study(language=code))

    def _keep_terms(self, text: str, _edit: str) -> None:
        if self._context is not None:
            terms = [line for line in text.splitlines() if line.strip()]
            self._context.do(self.tr("Change vocabulary"), lambda store: store.set_vocabulary(terms))

    def _choose_translate(self, wanted: bool) -> None:
        if self._context is not None:
            self._context.do(self.tr("Change translation"), lambda store: store.set_translate(wanted))
