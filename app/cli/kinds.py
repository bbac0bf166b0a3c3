"""What the values on the command line may be: from text to value, or a word of advice. No Qt."""

from __future__ import annotations

import argparse
import re
from datetime import datetime
from pathlib import Path

from capture.config import Region, Scope

PARTICIPANT_MAX = 40
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?")


def path(text: str) -> Path:
    return Path(said(text))


def said(text: str) -> str:
    """Text that isn't blank and that every file and database can keep."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise argparse.ArgumentTypeError("must be text in UTF-8") from None
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be empty")
    return text


def language(text: str) -> str:
    """A language's code: "en", "yue", "pt-BR". Whether a speech model knows it, only the model can say."""
    code = said(text).strip()
    if not _LANGUAGE.fullmatch(code):
        raise argparse.ArgumentTypeError("must be a code such as en or de")
    return code


def wanted_language(text: str) -> str:
    """A language's code, or "auto"."""
    return text if text == "auto" else language(text)


def counted(number: int, what: str) -> str:
    """ "1 row", "2 rows"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def participant(text: str) -> str:
    code = said(text).strip()
    if len(code) > PARTICIPANT_MAX or not code.isprintable():
        raise argparse.ArgumentTypeError(f"must be a short code of at most {PARTICIPANT_MAX} letters, such as P03")
    return code


def whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a whole number: {text!r}") from None


def count(text: str) -> int:
    if (number := whole(text)) < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number


def display(text: str) -> int | str:
    return text if text == "all" else count(text)


def scopes(text: str) -> tuple[Scope, ...]:
    try:
        return tuple(Scope(part.strip()) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be of {', '.join(Scope)}, with commas between") from None


def frame_rate(text: str) -> int:
    if not 1 <= (number := whole(text)) <= 60:
        raise argparse.ArgumentTypeError("must be between 1 and 60")
    return number


def positive_seconds(text: str) -> float:
    if not (seconds := time_ns(text) / 1e9) > 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds


def time_ns(text: str) -> int:
    from decimal import Decimal, InvalidOperation

    try:
        seconds = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"not a number of seconds: {text!r}") from None
    if not seconds.is_finite() or not 0 <= seconds < 10**7:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return int(seconds * 10**9)


def region(text: str) -> Region:
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("must be four whole numbers: X,Y,W,H") from None
    if width < 16 or height < 16:
        raise argparse.ArgumentTypeError("must be at least 16 pixels wide and high")
    return Region(x, y, width, height)


def sound_track(text: str) -> tuple[int, str]:
    number, _, role = text.partition("=")
    if role not in {"", "mixed", "mic", "system"}:
        raise argparse.ArgumentTypeError("must be a number, or a number and mixed, mic or system: 1=mic")
    return count(number), role or "mixed"


def moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise argparse.ArgumentTypeError(f"not a date and time: {text!r}; write 2026-09-03T14:05") from None
