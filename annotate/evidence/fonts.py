"""Finding a font of the system that has the letters of a text. Pillow brings one for Latin where there is none."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

_PLACES = {
    "win32": (
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts" / "segoeui.ttf",
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts" / "arial.ttf",
    ),
    "darwin": (
        Path("/System/Library/Fonts/Supplemental/Arial Unicode.ttf"),
        Path("/System/Library/Fonts/Helvetica.ttc"),
    ),
}
_ASK_TIMEOUT_S = 10


def font_for(text: str, pixels: int) -> FreeTypeFont:
    """A plain font without serifs that can write `text`, as well as the system has one."""
    rare = "".join(sorted({letter for letter in text if ord(letter) > 0x24F and letter.isprintable()}))
    return _font(rare[:64], pixels)


@functools.lru_cache(maxsize=64)
def _font(rare: str, pixels: int) -> FreeTypeFont:
    found = _asked(rare) if sys.platform not in _PLACES else None
    for path, index in [*([found] if found else []), *((path, 0) for path in _PLACES.get(sys.platform, ()))]:
        try:
            return ImageFont.truetype(str(path), pixels, index=index)
        except OSError:
            continue
    own = ImageFont.load_default(pixels)
    assert isinstance(own, FreeTypeFont)  # with a size, Pillow gives the font it brings
    return own


@functools.lru_cache(maxsize=64)
def _asked(rare: str) -> tuple[Path, int] | None:
    """What fontconfig names for these letters, https://www.freedesktop.org/software/fontconfig/fontconfig-user.html."""
    if shutil.which("fc-match") is None:
        return None
    letters = f":charset={' '.join(f'{ord(letter):x}' for letter in rare)}" if rare else ""
    try:
        told = subprocess.run(
            ["fc-match", "-f", "%{file}\n%{index}", f"sans-serif{letters}"],
            capture_output=True,
            text=True,
            timeout=_ASK_TIMEOUT_S,
            check=True,
        ).stdout
        path, index = told.split("\n")
        return Path(path), int(index) & 0xFFFF  # the upper half counts named instances of a variable font
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
