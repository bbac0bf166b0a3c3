"""Messages survive the way to the other process and back; anything else is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transcribe.errors import TranscribeCode
from transcribe.models import Lack, LackKind, Segment, Transcript, Word
from transcribe.protocol import (
    Cancelled,
    Failed,
    Finished,
    Progress,
    ProtocolError,
    SegmentDone,
    Sound,
    Started,
    TranscriptionEvent,
    TranscriptionRequest,
    decode_command,
    decode_event,
    encode_cancel,
    encode_event,
    encode_request,
)

ns = st.integers(0, 2**63 - 1)
text = st.text(max_size=40)
number = st.floats(allow_nan=False, allow_infinity=False)
words = st.builds(Word, ns, ns, text, st.integers(0, 10_000).map(lambda n: n / 10_000))
segments = st.builds(
    Segment,
    t_start_ns=ns,
    t_end_ns=ns,
    text=text,
    words=st.lists(words, max_size=4).map(tuple),
    avg_logprob=st.none() | number,
    no_speech_prob=st.none() | number,
    compression=st.none() | number,
)
transcripts = st.builds(
    Transcript,
    id=text,
    track=st.sampled_from(["mic", "system", "mixed"]),
    model=text,
    language=text,
    segments=st.just(()),
    done=st.just(True),
    done_until_ns=ns,
)
lacks = st.builds(Lack, st.sampled_from(LackKind), st.sampled_from(["mic", "system", "mixed"]), ns, ns)
events = st.one_of(
    st.builds(Started, ns, text, text, st.lists(lacks, max_size=3).map(tuple)),
    st.builds(Progress, number, st.none() | number),
    st.builds(SegmentDone, segments),
    st.builds(Finished, transcripts),
    st.builds(Failed, st.sampled_from(TranscribeCode), text),
    st.just(Cancelled()),
)
sounds = st.builds(
    Sound, media=st.just(Path("/a b/ü.mp4")), stream_index=st.none() | st.integers(0, 9), t0_ns=ns, track=text
)
requests = st.builds(
    TranscriptionRequest,
    sounds=st.lists(sounds, min_size=1, max_size=2).map(tuple),
    model_dir=st.just(Path("/models/base")),
    model_name=text,
    language=st.none() | text,
    journal=st.just(Path("/a b/transcripts/mic.jsonl")),
    skip=st.lists(st.tuples(ns, ns), max_size=3).map(tuple),
    vocabulary=st.lists(text, max_size=3).map(tuple),
    translate=st.booleans(),
    voices=st.booleans(),
    moderator=st.none() | st.just(Path("/data/voice.json")),
)


@given(events)
def test_events_survive(event: TranscriptionEvent) -> None:
    line = encode_event(event)
    assert line.count(b"\n") == 1
    assert decode_event(line) == event


@given(requests)
def test_requests_survive(request: TranscriptionRequest) -> None:
    line = encode_request(request)
    assert line.count(b"\n") == 1
    assert decode_command(line) == request


def test_paths_are_made_absolute_since_the_other_process_may_be_elsewhere() -> None:
    sound = Sound(Path("m.wav"), None, 0, "mic")
    here = TranscriptionRequest((sound,), Path("model"), "base", None, Path("j.jsonl"))
    sent = decode_command(encode_request(here))
    assert sent is not None
    assert (sent.sounds[0].media, sent.model_dir, sent.journal) == (
        Path("m.wav").absolute(),
        Path("model").absolute(),
        Path("j.jsonl").absolute(),
    )


def test_cancel_survives() -> None:
    assert decode_command(encode_cancel()) is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"warning: a library prints\n",
        b"[]\n",
        b'{"type":"cancelled"}\n',
        b'{"v":9,"type":"cancelled"}\n',
        b'{"v":2,"type":"brew_coffee"}\n',
        b'{"v":2,"type":"failed","code":"no_such_code","detail":""}\n',
        b'{"v":2,"type":"segment","t_start_ns":1.5,"t_end_ns":2,"text":"","words":[]}\n',
        b'{"v":2,"type":"segment","t_start_ns":1,"t_end_ns":2,"text":"","words":[[1,2,3]]}\n',
        b'{"v":2,"type":"started","duration_ns":null,"language":"en"}\n',
        b'{"v":2,"type":"transcribe"}\n',
    ],
)
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_event(line)
    with pytest.raises(ProtocolError):
        decode_command(line)


@given(st.binary(max_size=60))
def test_no_bytes_do_harm(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_event(line)
