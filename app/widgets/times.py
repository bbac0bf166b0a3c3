"""Lengths and dates as the app writes them."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import QCoreApplication, QLocale

_HOUR_NS = 3_600_000_000_000
_MINUTE_NS = 60_000_000_000


def length_words(duration_ns: int) -> str:
    """A length for a card: "2 h 13 min", "48 min", "35 s"."""
    hours, rest = divmod(duration_ns, _HOUR_NS)
    minutes = rest // _MINUTE_NS
    if hours:
        text = QCoreApplication.translate("times", "{h} h {m} min")
    elif minutes:
        text = QCoreApplication.translate("times", "{m} min")
    else:
        text = QCoreApplication.translate("times", "{s} s")
    return text.format(h=hours, m=minutes, s=rest // 1_000_000_000)


def day_words(moment: datetime, now: datetime | None = None) -> str:
    """A moment as one says it: "today 14:02", "yesterday 09:30", "3 Sep 2026"."""
    now = now or datetime.now().astimezone()
    local = moment.astimezone(now.tzinfo)
    locale = QLocale()
    clock = f"{local:%H:%M}"
    if local.date() == now.date():
        return QCoreApplication.translate("times", "today {time}").format(time=clock)
    if local.date() == (now - timedelta(days=1)).date():
        return QCoreApplication.translate("times", "yesterday {time}").format(time=clock)
    return f"{local.day} {locale.standaloneMonthName(local.month, QLocale.FormatType.ShortFormat)} {local.year}"


def clock(t_ns: int) -> str:
    """Time that ticks: "00:24:17"; always with hours, so that it never jumps."""
    seconds = max(0, t_ns) // 1_000_000_000
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def short_clock(t_ns: int) -> str:
    """A short time that ticks: "02:41"; minutes go on past an hour."""
    seconds = max(0, t_ns) // 1_000_000_000
    return f"{seconds // 60:02d}:{seconds % 60:02d}"


def minutes_of(text: str) -> int | None:
    """The length typed as "3" (minutes), "3:30" or "" (none), in ns. Raises ValueError for anything else."""
    text = text.strip()
    if not text:
        return None
    minutes, _, seconds = text.partition(":")
    total = int(minutes) * 60 + (int(seconds) if seconds else 0)
    if total <= 0 or (seconds and not 0 <= int(seconds) < 60):
        raise ValueError(text)
    return total * 1_000_000_000
