"""A sheet of one colour, a window in a process of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

WINDOW = """
import sys
from PySide6.QtWidgets import QApplication, QWidget
application = QApplication(["paper"])
application.setDesktopFileName("paper")
window = QWidget()
window.setStyleSheet(f"background: {sys.argv[2]}")
window.setWindowTitle(sys.argv[1])
window.setGeometry(200, 150, 400, 300)
window.showFullScreen() if sys.argv[3:] else window.show()
sys.exit(application.exec())
"""


@contextlib.contextmanager
def paper(title: str, colour: str = "white", *, whole_screen: bool = False) -> Iterator[str]:
    """A window; gives its id as xdotool has it."""
    process = subprocess.Popen([sys.executable, "-c", WINDOW, title, colour, *(["whole"] if whole_screen else [])])
    try:
        found = subprocess.run(
            ["xdotool", "search", "--sync", "--onlyvisible", "--name", title],
            check=True, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        yield found.stdout.split()[-1]
    finally:
        process.terminate()
        process.wait()
