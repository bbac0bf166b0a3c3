"""A scale to pick a number from: buttons in a row, and the number's key."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget

from app.theme import SPACE


class ScalePicker(QWidget):
    """Whole numbers from `low` to `high`; a click on the chosen one, Backspace or Delete takes it away.

    Signals:
        picked(number | None): the user chose; not emitted by `set_value`. After a key the next field gets the focus.
    """

    picked = Signal(object)

    def __init__(self, low: int, high: int, name: str, ends: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: int | None = None
        self._buttons: dict[int, QToolButton] = {}
        group = QButtonGroup(self)
        group.setExclusive(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE[0])
        for number in range(low, high + 1):
            made = QToolButton()
            made.setText(str(number))
            made.setCheckable(True)
            made.setFixedSize(34, 30)
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            end = {low: f", {ends[0]}", high: f", {ends[1]}"}.get(number, "")
            made.setAccessibleName(f"{number}{end}")
            made.setToolTip(f"{number}{end}")
            made.clicked.connect(lambda _checked, number=number: self._pick(None if number == self._value else number))
            group.addButton(made)
            self._buttons[number] = made
            layout.addWidget(made)
        layout.addStretch(1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("scale", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(name)

    @property
    def value(self) -> int | None:
        return self._value

    def set_value(self, value: int | None) -> None:
        self._value = value
        for number, made in self._buttons.items():
            made.setChecked(number == value)
        self.setAccessibleDescription("" if value is None else str(value))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        text = event.text()
        if text.isdigit() and int(text) in self._buttons:
            self._pick(int(text))
            self.focusNextChild()
        elif event.key() in {Qt.Key.Key_Backspace, Qt.Key.Key_Delete}:
            self._pick(None)
        elif event.key() == Qt.Key.Key_Down:
            self.focusNextChild()
        elif event.key() == Qt.Key.Key_Up:
            self.focusPreviousChild()
        else:
            super().keyPressEvent(event)

    def _pick(self, value: int | None) -> None:
        changed = value != self._value
        self.set_value(value)
        if changed:
            self.picked.emit(value)
