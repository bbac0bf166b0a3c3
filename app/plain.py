"""Notes as one line or as a tooltip: without the marks of Markdown, and never taken for HTML."""

from __future__ import annotations

import html
import re

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"(\*\*|__|\*(?=\S)|(?<=\S)\*|`|~~)")
_LEAD = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+|>\s?|\d+[.)]\s+)")


def one_line(text: str) -> str:
    """The words of a note, in one line."""
    lines = (_MARKS.sub("", _LINK.sub(r"\1", _LEAD.sub("", line))) for line in text.splitlines())
    return " ".join(" ".join(lines).split())


def tooltip(text: str) -> str:
    """A note as a tooltip that wraps. Qt would take a note with tags in it for HTML, and fetch its pictures."""
    return f"<p style='white-space: pre-wrap'>{html.escape(text)}</p>" if text else ""
