"""`moderato voice`: the moderator's voice, kept so that it is known again in other sessions."""

from __future__ import annotations

import argparse
from pathlib import Path

from annotate.errors import StudyCode, StudyError
from annotate.store import StudyStore
from annotate.voices import keep_voice
from app.cli.places import open_study
from app.transcription_wishes import kept_voice, voice_path
from transcribe.models import Role
from transcribe.voice_sample import forget_sample


def run(options: argparse.Namespace) -> int:
    """Keeps the voice of a session's moderator, forgets the kept one, or tells whether there is one."""
    match options.action:
        case "keep":
            if options.study is None or options.session is None:
                options.wrong_use("keep needs a study and --session")
            with open_study(options.study) as store:
                keep_voice(store, *_moderator(store, options.session), voice_path())
            print("Kept. It lies with the app's own data, in no study; `moderato voice forget` removes it.")
        case "forget":
            forget_sample(voice_path())
            print("No voice is kept.")
        case _:
            print("A voice is kept." if kept_voice() else "No voice is kept.")
    return 0


def _moderator(store: StudyStore, session: str) -> tuple[str, str]:
    """The ids of a session (by participant's code or recording's folder) and of who moderates it."""
    for one in store.sessions():
        if session == one.participant_code or (one.bundle_path is not None and Path(one.bundle_path).name == session):
            for speaker in store.speakers(one.id):
                if speaker.role is Role.MODERATOR:
                    return one.id, speaker.id
            raise StudyError(StudyCode.VOICE_TOO_SHORT, session)
    raise StudyError(StudyCode.SESSION_MISSING, session)
