"""A minute of synthesised speech that comes with the app, by which models are tried. No Qt.

Made with espeak-ng from sentences of our own: `espeak-ng -v en-us -s 165`, then Opus at 16 kbit/s.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

LENGTH_S = 46.9
"""Seconds of speech in it."""


def sample_file() -> Path:
    """The file; the app is always installed as files, never in an archive."""
    return Path(str(files("resources") / "speech_trial.ogg"))
