"""Looking for text in what was said. Pure."""

from __future__ import annotations

import re

from annotate._part import invalid


def find_pattern(find: str, *, match_case: bool = False, whole_words: bool = False) -> re.Pattern[str]:
    """What `replace_text` looks for; spaces stand for any spaces.

    Raises:
        StudyError: VALUE_INVALID for nothing.
    """
    parts = [re.escape(part) for part in find.split()]
    if not parts:
        raise invalid("find")
    text = r"\s+".join(parts)
    if whole_words:
        text = rf"(?<!\w){text}(?!\w)"
    return re.compile(text, re.NOFLAG if match_case else re.IGNORECASE)
