"""Sizes and losses in words. No Qt: the command line words with it too."""

from __future__ import annotations

from annotate.models import Loss


def size_words(size_bytes: int) -> str:
    """A size as people say it: `640 kB`, `12 MB`, `3.4 GB`."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000)) if size_bytes else 0} kB"
    return f"{size_bytes / 1e6:.0f} MB" if size_bytes < 1e9 else f"{size_bytes / 1e9:.1f} GB"


def loss_words(loss: Loss) -> str:
    """What removing sessions for good loses, as one sentence."""
    minutes = round(loss.recorded_ns / 60e9)
    length = f"{loss.recorded_ns / 1e9:.0f} s" if minutes < 2 else f"{minutes} min"
    parts = [
        f"{count_words(loss.sessions, 'session')} with {length} of recording",
        count_words(loss.observations, "observation"),
        count_words(loss.transcripts, "transcript"),
    ]
    return f"Lost for good: {', '.join(parts)}; {size_words(loss.size_bytes)} of disk become free."


def count_words(number: int, word: str) -> str:
    """A number of things: `1 session`, `3 sessions`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
