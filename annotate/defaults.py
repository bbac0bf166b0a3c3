"""What a new study begins with when nothing else is said."""

from __future__ import annotations

from collections.abc import Mapping

from annotate.models import NewTag
from capture.config import Scope

DEFAULT_TAGS = (
    # Keys keep clear of those of the review desk: J K L M I O N T G A X C F and the digits.
    NewTag("Navigation", "#4c6ef5", "V"),
    NewTag("Wording", "#0c8599", "W"),
    NewTag("Form", "#2f9e44", "R"),
    NewTag("Feedback", "#e8890c", "B"),
    NewTag("Performance", "#e03131", "E"),
    NewTag("Visual", "#ae3ec9", "S"),
    NewTag("Trust", "#868e96", "U"),
)

CONSENT_TEXT = """\
We record your screen, your voice, and where you point and click. Of your typing only the kind of key is kept, \
never the text. The recording is used to find out how to improve the product, and only the team that works on it \
sees it. You may pause or stop at any time, without giving a reason, and ask us to delete the recording.
"""
"""Version 1 of the consent form, in English, where the caller brings no text of its own."""

CONSENT_ITEMS: Mapping[Scope, str] = {
    Scope.SCREEN: "My screen, my pointer, and which window is in front",
    Scope.VOICE: "My voice, and what the computer plays",
    Scope.FACE: "My face, through the webcam",
    Scope.KEYS: "What kinds of keys I press, never the text",
}
"""What of a new form can be agreed to one by one."""
