"""Scripted desktop: an office-like program, and hands that type, scroll, open menus and windows in it.

One turn of the script takes about 20 s, a quarter of it reading, and is the same every time. `window` and `hands` are
processes of their own.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.demo.participant import Hands

_LINE = (
    "{number:03} The participant looked for the voucher field, found none, and asked whether one was needed at all. "
)
_TYPED = "the price changes after the second step and nobody says why"
_AREA = (160, 90, 1500, 880)
LINES = 400


def window(targets: Path) -> int:
    """Shows the program and writes where its parts are (screen pixels) to `targets`."""
    from PySide6.QtCore import QPoint, QTimer
    from PySide6.QtGui import QFont
    from PySide6.QtWidgets import (
        QApplication,
        QDialog,
        QFormLayout,
        QLabel,
        QLineEdit,
        QListWidget,
        QMainWindow,
        QPlainTextEdit,
        QPushButton,
        QSplitter,
    )

    application = QApplication([])
    application.setFont(QFont("DejaVu Sans", 11))
    main_window = QMainWindow()
    main_window.setWindowTitle("Notes")
    text = QPlainTextEdit("\n".join(_LINE.format(number=number) for number in range(LINES)))
    entries = QListWidget()
    entries.addItems([f"Session {number:02} – P{number % 7 + 1:02}" for number in range(80)])
    parts = QSplitter()
    parts.addWidget(entries)
    parts.addWidget(text)
    parts.setSizes([300, 1200])
    main_window.setCentralWidget(parts)

    dialog = QDialog(main_window)
    dialog.setWindowTitle("Properties")
    form = QFormLayout(dialog)
    for label in ("Name", "Participant", "Language", "Task", "Remark"):
        form.addRow(QLabel(label), QLineEdit(label))
    close = QPushButton("Close")
    close.clicked.connect(dialog.accept)
    form.addRow(close)
    dialog.resize(620, 400)

    for title in ("File", "Edit", "View"):
        menu = main_window.menuBar().addMenu(title)
        for number in range(12):
            menu.addAction(f"{title} entry {number + 1}")
    opens = main_window.menuBar().addAction("Properties")
    opens.triggered.connect(dialog.open)
    main_window.setGeometry(*_AREA)
    main_window.show()

    def tell() -> None:
        bar = main_window.menuBar()
        places = {}
        for action in bar.actions():
            at = bar.mapToGlobal(bar.actionGeometry(action).center())
            places[action.text()] = (at.x(), at.y())
        for name, widget in (("text", text), ("entries", entries)):
            at = widget.mapToGlobal(QPoint(widget.width() // 2, widget.height() // 2))
            places[name] = (at.x(), at.y())
        targets.write_text(json.dumps(places))

    QTimer.singleShot(500, tell)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return application.exec()


class BusyHands(Hands):
    """Hands that can also turn the wheel and press keys by name."""

    def wheel(self, steps: int, pause_s: float = 0.06) -> None:
        """Turns the wheel: down with positive steps, up with negative ones."""
        from Xlib import X

        for _ in range(abs(steps)):
            for kind in (X.ButtonPress, X.ButtonRelease):
                self._inject(kind, 5 if steps > 0 else 4)
            time.sleep(pause_s)

    def key(self, name: str, times: int = 1, pause_s: float = 0.15) -> None:
        """Presses the key with an X name."""
        from Xlib import XK, X

        code = self._display.keysym_to_keycode(XK.string_to_keysym(name))
        for _ in range(times):
            self._inject(X.KeyPress, code)
            self._inject(X.KeyRelease, code)
            time.sleep(pause_s)

    def sentence(self, text: str) -> None:
        """Types words with spaces between."""
        for word in text.split():
            self.type(word)
            self.key("space", pause_s=0.06)


def hands(targets: Path) -> int:
    """Uses the program over and over, until the process is ended."""
    deadline = time.monotonic() + 60
    while not targets.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    places: dict[str, tuple[int, int]] = json.loads(targets.read_text())
    person = BusyHands()

    def at(name: str, act: Callable[[], None] = person.click) -> None:
        person.move_to(*places[name])
        act()

    while True:
        at("text")
        person.sentence(_TYPED)
        person.key("Return")
        time.sleep(1.0)
        person.wheel(20)
        time.sleep(1.5)
        person.wheel(-20)
        at("File")
        person.key("Down", 8)
        person.key("Right", 2, 0.4)
        person.key("Escape", 2)
        at("Properties")
        time.sleep(1.0)
        person.key("Tab", 4)
        person.sentence("as seen")
        person.key("Escape")
        at("entries")
        person.wheel(12)
        person.wheel(-12)
        time.sleep(1.5)


def main() -> int:
    """Arguments: "window" or "hands", and the file of places."""
    part, targets = sys.argv[1], Path(sys.argv[2])
    return window(targets) if part == "window" else hands(targets)


if __name__ == "__main__":
    sys.exit(main())
