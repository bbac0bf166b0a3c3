"""What a kind of target has to be told, as a value: the set-up form and the command line are made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotate.backlog.errors import BacklogCode, BacklogError


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to be told. `name`: 'base_url', 'project', 'account', or a key of the mapping.

    `options`: the values it may have; none: any text. `help` is a sentence for a person.
    """

    name: str
    label: str
    help: str = ""
    required: bool = True
    default: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of target. `token`: what its secret is called, empty where it needs none (files)."""

    name: str
    label: str
    settings: tuple[Setting, ...]
    token: str = ""
    token_help: str = ""
    suffix: str = ""
    """Of the file it writes; empty for a tracker that is spoken to."""

    @property
    def is_file(self) -> bool:
        return bool(self.suffix)


def text(mapping: Mapping[str, Any], name: str, default: str = "") -> str:
    """A setting that is a text."""
    value = mapping.get(name, default)
    if not isinstance(value, str):
        raise BacklogError(BacklogCode.SETTING_INVALID, name)
    return value.strip() or default


def constants(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that always get the same value, by name: {"Team": "Checkout"}."""
    value = mapping.get("constants") or {}
    if not isinstance(value, dict):
        raise BacklogError(BacklogCode.SETTING_INVALID, "constants")
    return {str(name): one for name, one in value.items()}


def priorities(mapping: Mapping[str, Any]) -> dict[int, str]:
    """Severity to the name of a priority, where the user chose: {"4": "Highest"}."""
    value = mapping.get("priorities") or {}
    if not isinstance(value, dict) or not all(str(key) in {"0", "1", "2", "3", "4"} for key in value):
        raise BacklogError(BacklogCode.SETTING_INVALID, "priorities")
    return {int(key): str(name) for key, name in value.items()}


def place_in(severity: int, count: int) -> int:
    """Which of `count` priorities, from the highest to the lowest, a severity of 4 to 0 falls on."""
    return round((4 - severity) * (count - 1) / 4)
