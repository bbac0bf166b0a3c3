"""Keys become categories before anything else sees them. Pure; what was typed never leaves this module."""

from __future__ import annotations

import sys
from enum import StrEnum

NAVIGATION = frozenset({"up", "down", "left", "right", "home", "end", "page_up", "page_down", "tab", "esc"})
EDITING = frozenset({"enter", "backspace", "delete", "insert"})
MODIFIERS = {
    "ctrl": "Ctrl", "ctrl_l": "Ctrl", "ctrl_r": "Ctrl",
    "alt": "Alt", "alt_l": "Alt", "alt_r": "Alt",
    "cmd": "Cmd", "cmd_l": "Cmd", "cmd_r": "Cmd",
    "shift": "Shift", "shift_l": "Shift", "shift_r": "Shift",
    "alt_gr": "AltGr",
}  # fmt: skip
_ORDER = ("Ctrl", "Alt", "Cmd", "Shift")
_OTHER_MODIFIERS = frozenset({"caps_lock", "num_lock", "scroll_lock"})


class Category(StrEnum):
    """All that is kept of a key, but for shortcuts: "shortcut:Ctrl+S"."""

    CHAR = "char"
    DIGIT = "digit"
    NAVIGATION = "navigation"
    EDITING = "editing"
    FUNCTION = "function"
    MODIFIER = "modifier"
    OTHER = "other"


_NAMED = (
    (MODIFIERS.keys() | _OTHER_MODIFIERS, Category.MODIFIER),
    (NAVIGATION, Category.NAVIGATION),
    (EDITING, Category.EDITING),
    ({"space"}, Category.CHAR),
)


class KeyClassifier:
    """Follows the modifiers and names each key's category. One thread.

    A shortcut is a key with Ctrl, Alt or Cmd held that can't be text: AltGr writes text, and so do Ctrl+Alt where AltGr
    is that, Alt with digits (Alt codes on Windows) and Option on macOS.
    """

    def __init__(self, platform: str = sys.platform) -> None:
        self._platform = platform
        self._held: set[str] = set()

    def press(self, name: str | None, char: str | None) -> str:
        """Category or shortcut of a key that goes down; `name` of a special key, else `char`."""
        result = self._classify(name, char)
        if name in MODIFIERS:
            self._held.add(name)
        return result

    def release(self, name: str | None, char: str | None) -> str:
        """Category or shortcut of a key that goes up."""
        if name in MODIFIERS:
            self._held.discard(name)
        return self._classify(name, char)

    def forget(self) -> None:
        """Assumes that nothing is held, after events may have been missed."""
        self._held.clear()

    def _classify(self, name: str | None, char: str | None) -> str:
        category = _category(name, char)
        held = {MODIFIERS[item] for item in self._held}
        if category is Category.MODIFIER or not held & {"Ctrl", "Alt", "Cmd"} or self._is_text(category, held):
            return category.value
        base = _base(name, char)
        if base is None:
            return category.value
        return "shortcut:" + "+".join([item for item in _ORDER if item in held] + [base])

    def _is_text(self, category: Category, held: set[str]) -> bool:
        if category not in {Category.CHAR, Category.DIGIT}:
            return False
        commands = held & {"Ctrl", "Alt", "Cmd"}
        if "AltGr" in held or commands == {"Ctrl", "Alt"}:
            return True
        if commands == {"Alt"}:
            return self._platform == "darwin" or category is Category.DIGIT
        return False


def _category(name: str | None, char: str | None) -> Category:
    if name is not None:
        for names, category in _NAMED:
            if name in names:
                return category
        return Category.FUNCTION if _is_function(name) else Category.OTHER
    if not char:
        return Category.OTHER
    return Category.DIGIT if char.isdigit() else Category.CHAR


def _is_function(name: str) -> bool:
    return name.startswith("f") and name[1:].isdigit()


def _base(name: str | None, char: str | None) -> str | None:
    """What a shortcut is called by; `None` if it must not be told."""
    if name is not None:
        return name.replace("_", " ").title().replace(" ", "")
    if not char:
        return None
    if len(char) == 1 and 1 <= ord(char) <= 26:  # Windows reports Ctrl+S as the control character
        char = chr(ord(char) + 96)
    return char.upper() if len(char) == 1 and char.isascii() and char.isprintable() else None
