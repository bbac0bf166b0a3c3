"""Who works here: the name that every change is signed with."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from app.settings import settings
from app.study_context import StudyContext
from app.theme import SPACE, Text
from app.widgets.basics import button, label, row

NAME_MAX = 80


class AuthorDialog(QDialog):
    """Asks for the name; it holds from the next change on."""

    def __init__(self, context: StudyContext | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Your name"))
        self.setMinimumWidth(420)
        self._context = context
        self.name = QLineEdit(settings().author)
        self.name.setMaxLength(NAME_MAX)
        self.name.setAccessibleName(self.tr("Your name"))
        self.name.selectAll()
        self.keep = button(self.tr("Sign with this name"), look="primary")
        self.keep.setDefault(True)
        self.keep.clicked.connect(self._keep)
        self.name.textChanged.connect(lambda text: self.keep.setEnabled(bool(text.strip())))
        cancel = button(self.tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        why = self.tr("Every change is kept with the name of who made it. What is signed already stays as it is.")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE[5], SPACE[4], SPACE[5], SPACE[4])
        layout.setSpacing(SPACE[3])
        layout.addWidget(label(self.tr("Your name"), Text.TITLE))
        layout.addWidget(self.name)
        layout.addWidget(label(why, Text.CAPTION, tone="muted", wrap=True))
        layout.addLayout(row(None, cancel, self.keep))

    def _keep(self) -> None:
        name = self.name.text().strip()
        if name:
            sign_with(name, self._context)
            self.accept()


def sign_with(name: str, context: StudyContext | None) -> None:
    """Signs changes with a name from now on, also in the study that is open."""
    settings().author = name
    if context is not None:
        context.author = context.store.author = name


def was_never_asked() -> bool:
    """Whether nobody has said yet what they are called: changes are signed with the name of the computer's account."""
    return settings().read("user/author") is None
