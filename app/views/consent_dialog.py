"""The consent form of a study: read, and changed by a next version."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.study_context import StudyContext
from app.theme import SPACE, Text
from app.widgets.basics import button, column, label, row
from app.widgets.consent_view import ConsentView
from app.widgets.screen_room import open_at
from capture.config import Scope

_PREVIEW_MS = 150


class ConsentDialog(QDialog):
    """The text on the left, as the participant reads it on the right, below what is agreed to one by one.

    A version is never changed, as sessions have agreed to it: what is saved is the next one, as one step of undo.
    """

    def __init__(self, context: StudyContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Consent form"))
        open_at(self, 980, 680)
        self._context = context
        self._latest = context.store.latest_consent_version()
        items = context.store.consent_items(self._latest)
        body = context.store.consent_text(self._latest).body.strip()
        self._kept = self._typed = (body, {scope: items.get(scope, "") for scope in Scope})
        self._warned = False
        self.version = QComboBox()
        self.version.setAccessibleName(self.tr("Version"))
        for version, agreed in context.store.consent_versions().items():
            words = self.tr("Version {version}").format(version=version)
            words += " · " + (self.tr("%n session(s) agreed", "", agreed) if agreed else self.tr("not used yet"))
            self.version.addItem(words, version)
        self.version.currentIndexChanged.connect(self._show_version)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName(self.tr("Text of the consent form"))
        self.text.setTabChangesFocus(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.preview = ConsentView("")
        named = {
            Scope.SCREEN: self.tr("Screen"),
            Scope.VOICE: self.tr("Voice"),
            Scope.FACE: self.tr("Face"),
            Scope.KEYS: self.tr("Kinds of keys"),
        }
        self.items = {scope: QLineEdit() for scope in named}
        for scope, field in self.items.items():
            field.setAccessibleName(named[scope])
            field.textChanged.connect(self._changed)
        self._hint = label("", Text.CAPTION, tone="muted", wrap=True)
        self.cancel = button(self.tr("Close"))
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(self.reject)
        self.keep = button("", look="primary")
        self.keep.setAutoDefault(False)  # Enter belongs to the text
        self.keep.clicked.connect(self._save)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_PREVIEW_MS)
        self._timer.timeout.connect(lambda: self.preview.setMarkdown(self.text.toPlainText()))
        self.text.textChanged.connect(self._changed)
        self._lay_out(named)
        self._show_version()
        self.text.setFocus()

    def reject(self) -> None:
        """Closes; what was typed and isn't saved is not thrown away without a word."""
        if self._is_changed() and not self._warned:
            self._warned = True
            self.cancel.setText(self.tr("Discard changes"))
            self._hint.setText(self.tr("Your changes are not saved. Save them, or press Discard changes."))
            return
        super().reject()

    # -- inside ------------------------------------------------------------------------------------------------

    def _lay_out(self, named: dict[Scope, str]) -> None:
        left = column(label(self.tr("Text (Markdown)"), Text.CAPTION, tone="muted"), self.text, spacing=SPACE[0])
        right = column(
            label(self.tr("As the participant reads it"), Text.CAPTION, tone="muted"), self.preview, spacing=SPACE[0]
        )
        both = row(spacing=SPACE[3])
        both.addLayout(left, 1)
        both.addLayout(right, 1)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(SPACE[0])
        form.setHorizontalSpacing(SPACE[2])
        for scope, field in self.items.items():
            form.addRow(label(named[scope], tone="muted"), field)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[2])
        layout.addLayout(row(label(self.tr("Consent form"), Text.TITLE), None, self.version))
        layout.addLayout(both, 1)
        layout.addWidget(label(self.tr("What can be agreed to one by one"), strong=True))
        layout.addLayout(form)
        foot = row(self._hint, self.cancel, self.keep, spacing=SPACE[2])
        foot.setStretch(0, 1)
        layout.addLayout(foot)

    def _show_version(self) -> None:
        version = int(self.version.currentData())
        latest = version == self._latest
        if latest:
            body, items = self._typed  # also what was typed before an earlier version was looked at
        else:
            body, items = self._context.store.consent_text(version).body, self._context.store.consent_items(version)
        with QSignalBlocker(self.text):
            self.text.setPlainText(body)
        self.text.setReadOnly(not latest)
        for scope, field in self.items.items():
            with QSignalBlocker(field):
                field.setText(items.get(scope, ""))
            field.setCursorPosition(0)
            field.setReadOnly(not latest)
        self.preview.setMarkdown(body)
        self._refresh()

    def _changed(self) -> None:
        self._typed = (
            self.text.toPlainText().strip(),
            {scope: field.text().strip() for scope, field in self.items.items()},
        )
        self._warned = False
        self._timer.start()
        self._refresh()

    def _is_changed(self) -> bool:
        return self._typed != self._kept

    def _refresh(self) -> None:
        shown_latest = self.version.currentData() == self._latest
        body, items = self._typed
        whole = bool(body) and all(items.values())
        self.keep.setText(self.tr("Save as version {version}").format(version=self._latest + 1))
        self.keep.setEnabled(shown_latest and self._is_changed() and whole)
        self.cancel.setText(self.tr("Close"))
        if not shown_latest:
            words = self.tr("An earlier version stays as it was agreed to. Choose the latest one to change it.")
        elif not whole:
            words = self.tr("The text and each of the four need words.")
        else:
            words = self.tr("Holds from the next session on. Sessions keep the version that they agreed to.")
        self._hint.setText(words)

    def _save(self) -> None:
        body, items = self._typed
        made = self._context.do(
            self.tr("Change consent form"), lambda store: store.add_consent_version(body + "\n", items)
        )
        if made is not None:
            self.accept()
