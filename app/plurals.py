"""English plurals. Qt takes plural forms from a translation, and English, being the source, has none."""

from __future__ import annotations

from PySide6.QtCore import QTranslator


class EnglishPlurals(QTranslator):
    """Turns "%n task(s)" into "%n task" or "%n tasks"; everything else stays as the source has it."""

    def isEmpty(self) -> bool:
        return False

    # Qt says "not translated" with a null string, which is None here.
    def translate(self, _context: str, source: str, _disambiguation: str | None = None, n: int = -1) -> str | None:
        if n < 0 or "(s)" not in source:
            return None
        return source.replace("(s)", "" if n == 1 else "s")
