"""The small program that the demo's participants use: a ticket shop with usability problems planted in it.

Planted, and found again by the demo's moderator:
1. *Buy* does nothing, and says nothing, until a box in the small print at the bottom is ticked.
2. A voucher that is not valid is thrown away without a word.
3. Invoices are kept behind a button that is called "Misc".

It writes where its controls are (screen pixels, centre of each) to a file, so that the participant can point at them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

STYLE = """
QWidget { background: #fbf7f0; color: #2d2a26; font-size: 16px; }
QFrame#bar { background: #14453d; } QFrame#bar QLabel, QFrame#bar QPushButton { background: #14453d; color: #ffffff; }
QFrame#bar QPushButton { border: 0; padding: 8px 16px; }
QLabel#title { font-size: 28px; font-weight: 600; } QLabel#small { font-size: 11px; color: #a09a90; }
QPushButton { background: #e9e2d6; border: 1px solid #d8cfbf; border-radius: 6px; padding: 10px 18px; }
QPushButton#buy { background: #d9d4cb; color: #8b857b; } QLineEdit, QSpinBox, QListWidget { background: #ffffff; }
QLineEdit, QSpinBox { border: 1px solid #d8cfbf; border-radius: 6px; padding: 8px; }
"""


class Shop(QWidget):
    """One window with three pages: the order, the thanks, and what "Misc" hides."""

    def __init__(self, targets: Path) -> None:
        super().__init__()
        self._targets = targets
        self.setWindowTitle("Kingfisher Theatre – Tickets")
        self.setStyleSheet(STYLE)
        self._pages = QStackedWidget()
        self._controls: dict[str, QWidget] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._bar())
        layout.addWidget(self._pages, 1)
        for page in (self._order_page(), self._thanks_page(), self._misc_page()):
            self._pages.addWidget(page)
        self._pages.currentChanged.connect(lambda _index: QTimer.singleShot(50, self.tell_targets))

    def tell_targets(self) -> None:
        """Writes the centre of each visible control to the file, all at once."""
        places = {}
        for name, widget in self._controls.items():
            if widget.isVisible():
                centre = widget.mapToGlobal(QPoint(widget.width() // 2, widget.height() // 2))
                places[name] = [centre.x(), centre.y()]
        part = self._targets.with_suffix(".part")
        part.write_text(json.dumps(places))
        os.replace(part, self._targets)  # noqa: PTH105

    def _bar(self) -> QFrame:
        bar = QFrame()
        bar.setObjectName("bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(24, 12, 24, 12)
        name = QLabel("Kingfisher Theatre")
        name.setFont(QFont(name.font().family(), 14, QFont.Weight.Bold))
        row.addWidget(name)
        row.addStretch(1)
        for text, page in (("Programme", 0), ("Tickets", 0), ("Misc", 2)):
            button = QPushButton(text)
            button.clicked.connect(lambda _checked=False, page=page: self._pages.setCurrentIndex(page))
            row.addWidget(button)
            self._controls[text.lower()] = button
        return bar

    def _order_page(self) -> QWidget:
        page, column = _page("Saturday, 8 p.m. – The Glass Harbour")
        column.addWidget(QLabel("How many seats?"))
        seats = QSpinBox(minimum=1, maximum=9)
        seats.setFixedWidth(120)
        column.addWidget(seats)
        column.addWidget(QLabel("Voucher"))
        row = QHBoxLayout()
        voucher = QLineEdit(placeholderText="optional")
        voucher.setFixedWidth(260)
        apply = QPushButton("Apply")
        apply.clicked.connect(voucher.clear)  # planted problem 2
        row.addWidget(voucher)
        row.addWidget(apply)
        row.addStretch(1)
        column.addLayout(row)
        buy = QPushButton("Buy")
        buy.setObjectName("buy")
        buy.setFixedWidth(160)
        column.addSpacing(16)
        column.addWidget(buy)
        column.addStretch(1)
        terms = QCheckBox("I have read the house rules, the terms of carriage and the privacy notice.")
        terms.setStyleSheet("font-size: 11px; color: #a09a90;")
        column.addWidget(terms)
        # Planted problem 1: nothing happens, and nothing says why.
        buy.clicked.connect(lambda: self._pages.setCurrentIndex(1) if terms.isChecked() else None)
        self._controls |= {"seats": seats, "voucher": voucher, "apply": apply, "buy": buy, "terms": terms}
        return page

    def _thanks_page(self) -> QWidget:
        page, column = _page("Thank you. Your tickets are on their way.")
        column.addWidget(QLabel("We have sent them to your address."))
        column.addStretch(1)
        return page

    def _misc_page(self) -> QWidget:  # planted problem 3
        page, column = _page("Misc")
        entries = QListWidget()
        entries.addItems(["Seating plan", "Lost property", "Invoices", "Cloakroom", "Archive"])
        column.addWidget(entries)
        self._controls["entries"] = entries
        return page


def _page(title: str) -> tuple[QWidget, QVBoxLayout]:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(64, 40, 64, 24)
    column.setSpacing(12)
    heading = QLabel(title)
    heading.setObjectName("title")
    column.addWidget(heading)
    return page, column


def main() -> int:
    """Opens the shop full-screen; the argument is the file for the places of its controls."""
    application = QApplication(sys.argv[:1])
    application.setStyle("Fusion")
    shop = Shop(Path(sys.argv[1]))
    shop.setWindowState(Qt.WindowState.WindowFullScreen)
    shop.show()
    QTimer.singleShot(300, shop.tell_targets)
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
