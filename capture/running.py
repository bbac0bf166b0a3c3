"""Whether anything is being recorded right now, by whichever program of this user: others then step back."""

from __future__ import annotations

from pathlib import Path

from capture.bundle import SessionBundle
from capture.runtime import all_runtimes


def recordings_running() -> list[Path]:
    """The bundles that live recorders of this user write to. Cheap enough to be asked every second."""
    return [info.bundle for _, info in all_runtimes() if SessionBundle(info.bundle).is_recording()]
