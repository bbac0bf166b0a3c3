"""How a stretch of speech sounds: 256 numbers of the voice model, kept in a byte each."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SIZE = 256


@dataclass(frozen=True, slots=True)
class VoicePrint:
    """One stretch of a track. `levels`: the vector's components, its largest as 255; its length says nothing."""

    track: str
    t_start_ns: int
    t_end_ns: int
    levels: bytes

    def to_json(self) -> dict[str, Any]:
        return {
            "track": self.track,
            "t_start_ns": self.t_start_ns,
            "t_end_ns": self.t_end_ns,
            "levels": base64.b64encode(self.levels).decode(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> VoicePrint:
        """Read what `to_json` wrote.

        Raises:
            ValueError: it isn't such a thing.
        """
        try:
            levels = base64.b64decode(data["levels"], validate=True)
            made = cls(str(data["track"]), int(data["t_start_ns"]), int(data["t_end_ns"]), levels)
        except (KeyError, TypeError, binascii.Error) as error:
            raise ValueError(f"not a voice print: {error!r}") from error
        if len(levels) != SIZE:
            raise ValueError("not a voice print: its length")
        return made
