"""What `moderato transcribe` tells of a session that it has heard."""

from __future__ import annotations

from app.cli.transcribe import heard_words
from transcribe.models import Echo, Segment, Transcript, Word

_SAID = (Word(0, 1, " Buy", 0.9), Word(1, 2, " it", 0.9))


def test_an_echo_is_counted_once_and_silence_has_no_language() -> None:
    heard = (
        Segment(0, 2, " Buy it", _SAID, track="mic"),
        Segment(0, 2, " Buy it", _SAID, track="system", echo=Echo(0, 1.0)),
    )
    assert heard_words(Transcript("a", "mic", "tiny", "en", heard, True, 2)) == "2 words, language en"
    assert heard_words(Transcript("a", "mic", "tiny", None, (), True, 2)) == "no speech was heard"
