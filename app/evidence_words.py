"""What is said of evidence. No Qt."""

from __future__ import annotations

from annotate.evidence.make import Made


def left_out_words(made: Made) -> list[str]:
    """What a clip does not tell, and why."""
    words = []
    if made.silent:
        words.append("It has no sound: the participant did not agree to the voice being recorded.")
    if made.doubtful:
        lines = "1 line" if made.doubtful == 1 else f"{made.doubtful} lines"
        words.append(f"{lines} in doubt left out of the captions: listen and verify them first, then cut again.")
    return words
