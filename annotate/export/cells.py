"""Text in the cells of a CSV file, so that no spreadsheet takes it for a formula (OWASP, "CSV Injection")."""

from __future__ import annotations

import re

_FORMULA = frozenset("=+-@＝＋－＠")  # a spreadsheet reads the wide ones as the narrow ones
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Spreadsheets drop these in silence, and what follows them would be the cell's beginning."""


def safe_cell(text: str) -> str:
    """The text in full; one that a spreadsheet would run as a formula gets an apostrophe before it."""
    text = _CONTROL.sub("", text)
    runs = text.lstrip()[:1] in _FORMULA or text[:1] in {"\t", "\r", "\n"}
    return f"'{text}" if runs else text
