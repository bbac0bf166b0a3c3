"""The heuristics that an observation can offend against: code, short name, what it asks for. No Qt."""

from __future__ import annotations

import functools
import importlib.resources
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heuristic:
    """One heuristic; `code` is what the study keeps."""

    code: str
    name: str
    about: str

    @property
    def number(self) -> str:
        """Its number within its scheme: "4"."""
        return self.code.rpartition("-")[2]

    @property
    def title(self) -> str:
        return f"{self.number} · {self.name}"


@functools.cache
def heuristics() -> tuple[Heuristic, ...]:
    """Nielsen's ten, in words of our own; `resources/heuristics.en.json` names the source."""
    return tuple(Heuristic(**one) for one in _file()["heuristics"])


def heuristic(code: str | None) -> Heuristic | None:
    """The heuristic of a code; None for none, or for one that this version doesn't know."""
    return next((one for one in heuristics() if one.code == code), None)


def source() -> str:
    """Whose heuristics they are."""
    return str(_file()["source"])


@functools.cache
def _file() -> dict[str, list[dict[str, str]]]:
    text = importlib.resources.files("resources").joinpath("heuristics.en.json").read_text(encoding="utf-8")
    found: dict[str, list[dict[str, str]]] = json.loads(text)
    return found
