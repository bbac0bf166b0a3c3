"""What a study wishes of the transcription of its sessions, and the moderator's kept voice. No Qt."""

from __future__ import annotations

from pathlib import Path

from annotate.errors import StudyError
from annotate.models import Wishes
from app import paths
from app.cli.places import study_of_bundle
from capture.bundle import SessionBundle

NONE = Wishes(None, (), False)


def wishes_for(bundle: SessionBundle) -> Wishes:
    """Those of the study that a recording lies in; a recording that lies alone has none."""
    try:
        store = study_of_bundle(bundle)
    except StudyError:  # what is wrong with the study is said where it is opened; the sound can be heard all the same
        return NONE
    if store is None:
        return NONE
    with store:
        return store.wishes()


def voice_path() -> Path:
    """Where the moderator's voice is kept: in the app's own data, in no study."""
    return paths.data_dir() / "voices" / "moderator.json"


def kept_voice() -> Path | None:
    """The same if there is one."""
    path = voice_path()
    return path if path.is_file() else None
