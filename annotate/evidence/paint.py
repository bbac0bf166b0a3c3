"""Painting upon pictures as the recording holds them, I420, so that all that isn't painted on stays bit for bit.

What is painted is a `Sprite`: made once with Pillow, turned into luma, chroma and coverage, then laid over as many
pictures as need it. (FFmpeg's own `drawtext` and `subtitles` are not in PyAV's wheels.)
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from annotate.evidence.fonts import font_for

Pixels: TypeAlias = NDArray[np.uint8]
"""I420, shape (height * 3 / 2, width), width and height even."""
Color: TypeAlias = tuple[int, int, int, int]

RING_NS = 600_000_000
"""How long a click's ring spreads."""
RING_STEPS = 10
_OVER = 4  # what is round is drawn this much larger and made smaller
_CLICK: Color = (255, 176, 32, 255)
_HALO: Color = (255, 208, 64, 96)
_PIN: Color = (74, 72, 204, 255)
_WHITE: Color = (255, 255, 255, 255)
_BOX: Color = (12, 12, 18, 190)
_CARD = (24, 25, 34)
_BT601 = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
"""R'G'B' to Y'CbCr, ITU-R BT.601-7: the recorder's colours."""


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """Something to lay over a picture: planes of even size, with how much each covers (0..256)."""

    y: NDArray[np.int32]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    cover: NDArray[np.int32]
    cover_half: NDArray[np.int32]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.cover.shape[1], self.cover.shape[0]


def sprite(image: Image.Image) -> Sprite:
    """A sprite of an RGBA image; odd sizes grow by a clear row or column."""
    width, height = image.width + image.width % 2, image.height + image.height % 2
    if (width, height) != image.size:
        grown = Image.new("RGBA", (width, height))
        grown.paste(image)
        image = grown
    rgba = np.asarray(image, dtype=np.float64)
    cover = rgba[..., 3] / 255
    ycc = rgba[..., :3] @ _BT601.T
    y = 16 + ycc[..., 0] * 219 / 255
    # Colour is kept for each four pixels: theirs, weighed by how much each covers.
    weights = np.maximum(_quarters(cover), 1e-9)
    u, v = (128 + _quarters(ycc[..., plane] * cover) / weights * 224 / 255 for plane in (1, 2))
    half = _quarters(cover) / 4
    return Sprite(*(np.rint(plane).astype(np.int32) for plane in (y, u, v, cover * 256, half * 256)))


def lay(picture: Pixels, over: Sprite, left: int, top: int) -> None:
    """Lay a sprite over a picture, in place; what would lie outside is cut off. `left` and `top` are made even."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    left, top = left // 2 * 2, top // 2 * 2
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + over.size[0]), min(height, top + over.size[1])
    if x0 >= x1 or y0 >= y1:
        return
    part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
    half = np.s_[(y0 - top) // 2 : (y1 - top) // 2, (x0 - left) // 2 : (x1 - left) // 2]
    _blend(picture[y0:y1, x0:x1], over.y[part], over.cover[part])
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    for plane, values in zip(chroma, (over.u, over.v), strict=True):
        _blend(plane[y0 // 2 : y1 // 2, x0 // 2 : x1 // 2], values[half], over.cover_half[half])


def black_card(width: int, height: int, text: str) -> Pixels:
    """A whole picture with words in its middle: a title card."""
    card = Image.new("RGBA", (width, height), (*_CARD, 255))
    draw = ImageDraw.Draw(card)
    title, _, rest = text.strip().partition("\n")
    big, small = max(20, height // 16), max(14, height // 28)
    blocks = [(_fitted(title, big, width * 8 // 10), big), (_fitted(rest, small, width * 8 // 10), small)]
    lines = [(line, size) for block, size in blocks for line in block]
    y = (height - sum(size * 14 // 10 for _, size in lines)) // 2
    for line, size in lines:
        font = font_for(line, size)
        draw.text(((width - draw.textlength(line, font=font)) / 2, y), line, font=font, fill=_WHITE)
        y += size * 14 // 10
    picture = np.empty((height * 3 // 2, width), np.uint8)
    picture[:height], picture[height:] = 16, 128
    lay(picture, sprite(card), 0, 0)
    return picture


def caption(lines: Sequence[str], width: int, height: int) -> Sprite:
    """One or two lines on a dark box that suits a picture of this size."""
    pixels = max(14, round(height * 0.034))
    font = font_for("".join(lines), pixels)
    room = round(width * 0.92)
    while pixels > 9 and max(font.getlength(line) for line in lines) > room - pixels:
        pixels -= 1
        font = font_for("".join(lines), pixels)
    step = round(pixels * 1.32)
    wide = min(room, round(max(font.getlength(line) for line in lines)) + pixels)
    image = Image.new("RGBA", (wide, step * len(lines) + pixels // 2))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 0, image.width - 1, image.height - 1), radius=pixels // 3, fill=_BOX)
    for number, line in enumerate(lines):
        x = (wide - font.getlength(line)) / 2
        draw.text((x, pixels // 4 + number * step), line, font=font, fill=_WHITE)
    return sprite(image)


def caption_place(of: Sprite, width: int, height: int) -> tuple[int, int]:
    """Left and top of a caption: in the middle, above the lower edge."""
    return (width - of.size[0]) // 2, height - of.size[1] - round(height * 0.04)


@functools.lru_cache(maxsize=64)
def ring(step: int, height: int) -> Sprite:
    """A click's ring, wider and paler with each of `RING_STEPS`; its middle is the place of the click."""
    radius = round(height * (0.012 + 0.026 * step / RING_STEPS))
    fade = 255 - 160 * step // RING_STEPS
    return _round(radius, line=max(3, height // 170), color=(*_CLICK[:3], fade))


@functools.lru_cache(maxsize=8)
def halo(height: int) -> Sprite:
    """A soft disc around the pointer."""
    return _round(round(height * 0.026), line=0, color=_HALO)


@functools.lru_cache(maxsize=64)
def pin(words: str, height: int) -> Sprite:
    """A mark with a letter or a number; its middle is the place that is meant."""
    radius = max(11, round(height * 0.018))
    image = _disc(radius, _PIN, edge=_WHITE)
    font = font_for(words, round(radius * 1.15))
    draw = ImageDraw.Draw(image)
    draw.text((image.width / 2, image.height / 2), words, font=font, fill=_WHITE, anchor="mm")
    return sprite(image)


def centred(of: Sprite, x: int, y: int) -> tuple[int, int]:
    """Left and top of a sprite whose middle is at (x, y)."""
    return x - of.size[0] // 2, y - of.size[1] // 2


def _round(radius: int, *, line: int, color: Color) -> Sprite:
    side = 2 * (radius + line + 1)
    image = Image.new("RGBA", (side * _OVER, side * _OVER), (*color[:3], 0))
    box = [
        (side / 2 - radius) * _OVER,
        (side / 2 - radius) * _OVER,
        (side / 2 + radius) * _OVER,
        (side / 2 + radius) * _OVER,
    ]
    draw = ImageDraw.Draw(image)
    if line:
        draw.ellipse(box, outline=color, width=line * _OVER)
    else:
        draw.ellipse(box, fill=color)
    return sprite(image.resize((side, side), Image.Resampling.LANCZOS))


def _disc(radius: int, color: Color, *, edge: Color) -> Image.Image:
    side = 2 * radius
    image = Image.new("RGBA", (side * _OVER, side * _OVER), (*edge[:3], 0))
    draw = ImageDraw.Draw(image)
    draw.ellipse((0, 0, side * _OVER - 1, side * _OVER - 1), fill=edge)
    rim = max(1, radius // 7) * _OVER
    draw.ellipse((rim, rim, side * _OVER - 1 - rim, side * _OVER - 1 - rim), fill=color)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def _fitted(text: str, pixels: int, room: int) -> list[str]:
    """Text in lines that fit."""
    font, lines = font_for(text, pixels), list[str]()
    for paragraph in text.splitlines():
        lines.append("")
        for word in paragraph.split():
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and font.getlength(longer) > room:
                lines.append(word)
            else:
                lines[-1] = longer
    return lines


def _quarters(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of each two by two."""
    height, width = plane.shape
    summed: NDArray[np.float64] = plane.reshape(height // 2, 2, width // 2, 2).sum(axis=(1, 3))
    return summed


def _blend(under: Pixels, over: NDArray[np.int32], cover: NDArray[np.int32]) -> None:
    base = under.astype(np.int32)
    under[:] = base + ((over - base) * cover >> 8)
