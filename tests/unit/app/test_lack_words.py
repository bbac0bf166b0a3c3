"""What is said of sound that was missing."""

from __future__ import annotations

from app.lack_words import lack_words
from transcribe.models import Lack, LackKind

S = 1_000_000_000
TODO = " What could be read is transcribed. Put a whole copy of the recording in its place, then transcribe again."


def test_nothing_missing_is_nothing_said() -> None:
    assert lack_words(()) == ""


def test_where_it_breaks_off_and_where_it_should_have_ended() -> None:
    off = Lack(LackKind.BREAKS_OFF, "mixed", 754 * S, (45 * 60 - 754) * S)
    words = "The recording’s sound breaks off at 12:34, before the 45:00 that its file promises."
    assert lack_words((off,)) == words + TODO


def test_tracks_that_break_off_together_are_one_sentence() -> None:
    mic, system = (Lack(LackKind.BREAKS_OFF, track, 10 * S, 20 * S) for track in ("mic", "system"))
    assert lack_words((mic, system)).startswith("The recording’s sound breaks off at 00:10, before the 00:30")
    assert lack_words((system,)).startswith("The computer’s sound breaks off at")


def test_how_much_is_damaged_from_where() -> None:
    damaged = Lack(LackKind.DAMAGED, "mic", 61 * S, S * 3 // 10)
    words = "The microphone’s sound is damaged: 1 s of it could not be read, the first at 01:01."
    assert lack_words((damaged,)) == words + TODO
    off = Lack(LackKind.BREAKS_OFF, "mic", 100 * S, 20 * S)
    both = lack_words((damaged, off))
    assert both.count(TODO.strip()) == 1
    assert both.index("breaks off") < both.index("is damaged")
