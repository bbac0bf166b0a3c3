"""The whole way with real weights and a real process: heard words in their places, and every way it can end."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import transcribe
from tests.helpers.foreign_media import spoil_sound
from tests.integration.capture.fakes import wait_until
from tests.integration.transcribe.conftest import FIRST, SECOND
from tests.integration.transcribe.media import Samples, quiet, tone, write, write_pictures_only
from transcribe.client import TranscriptionClient, TranscriptionRequest, command, environment
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.journal import read_journal, unfinished
from transcribe.models import LackKind, Role, Transcript, Word
from transcribe.protocol import (
    Cancelled,
    Failed,
    Finished,
    Progress,
    SegmentDone,
    Sound,
    Started,
    TranscriptionEvent,
    decode_event,
    encode_request,
)

Make = Callable[..., TranscriptionRequest]
S = 1_000_000_000


class Listener:
    """Collects events; `until` waits for one of a kind."""

    def __init__(self) -> None:
        self.events: list[TranscriptionEvent] = []
        self.threads: set[str] = set()
        self._arrived = threading.Condition()

    def __call__(self, event: TranscriptionEvent) -> None:
        with self._arrived:
            self.events.append(event)
            self.threads.add(threading.current_thread().name)
            self._arrived.notify_all()

    def until(self, kind: type[TranscriptionEvent], timeout_s: float = 90) -> None:
        with self._arrived:
            assert self._arrived.wait_for(lambda: any(isinstance(e, kind) for e in self.events), timeout_s)


def _run(request: TranscriptionRequest) -> tuple[Transcript, Listener]:
    listener = Listener()
    with TranscriptionClient.start(request, listener) as client:
        return client.wait(100), listener


def _failure(request: TranscriptionRequest) -> TranscribeError:
    listener = Listener()
    with TranscriptionClient.start(request, listener) as client, pytest.raises(TranscribeError) as caught:
        client.wait(100)
    assert [type(event) for event in listener.events] == [Failed]
    assert not request.journal.exists()  # nothing was heard, so nothing is left about
    return caught.value


def _words(transcript: Transcript) -> list[Word]:
    return [word for segment in transcript.segments for word in segment.words]


def _said(transcript: Transcript) -> set[str]:
    return {word.text.lower().strip(".,?!") for word in _words(transcript)}


def test_words_are_heard_where_they_were_said(tmp_path: Path, request_for: Make, speech: dict[str, Samples]) -> None:
    second_at = 3.0 + len(speech[FIRST]) / 16000 + 6.0
    media = write(
        tmp_path / "talk.mp4",
        [(0.0, np.concatenate([quiet(3.0), speech[FIRST], quiet(6.0), speech[SECOND], quiet(2.0)]))],
        codec="aac",
        pictures=True,
    )
    request = request_for(media, stream_index=1)
    transcript, listener = _run(request)

    assert {"where", "button", "shopping", "cart", "looking", "search", "box", "page"} <= _said(transcript)
    words = _words(transcript)
    assert 2.5 * S <= words[0].t_start_ns <= 3.8 * S
    looking = next(word for word in words if word.text.lower() == "looking")
    assert abs(looking.t_start_ns - (second_at + 0.35) * S) < 0.8 * S
    cart = next(word for word in words if word.text.lower().startswith("cart"))
    assert abs(cart.t_end_ns - (second_at - 6.0) * S) < 0.8 * S
    assert all(0 < word.probability <= 1 for word in words)
    assert (transcript.language, transcript.model, transcript.track) == ("en", "tiny.en", "mic")
    assert transcript.done
    assert all(segment.avg_logprob is not None for segment in transcript.segments)

    kinds = [type(event) for event in listener.events]
    assert kinds[0] is Started
    assert kinds[-1] is Finished
    assert kinds.count(SegmentDone) == len(transcript.segments) >= 2
    started = listener.events[0]
    assert isinstance(started, Started)
    assert abs(started.duration_ns - transcript.done_until_ns) == 0
    fractions = [event.fraction for event in listener.events if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert listener.threads == {"transcriber-events"}
    assert read_journal(request.journal) == transcript


def test_both_tracks_of_a_call_are_one_transcript_and_the_echo_is_not_shown(
    tmp_path: Path, request_for: Make, speech: dict[str, Samples]
) -> None:
    participant = np.concatenate([quiet(1.0), speech[FIRST], quiet(9.0)])
    heard = np.zeros_like(participant)
    begin = len(speech[FIRST]) + 3 * 16000
    heard[begin : begin + len(speech[SECOND])] = speech[SECOND][: len(heard) - begin]
    late = 16000 // 8
    heard[late:] += 0.3 * participant[:-late]
    media = write(tmp_path / "mic.wav", [(0.0, heard)])
    system = write(tmp_path / "system.wav", [(0.0, participant)])
    request = dataclasses.replace(
        request_for(media), sounds=(Sound(media, None, 0, "mic"), Sound(system, None, 0, "system"))
    )
    transcript, _ = _run(request)
    assert transcript.track == "mixed"
    shown = [segment for segment in transcript.segments if segment.echo is None]
    echoes = [segment for segment in transcript.segments if segment.echo is not None]
    assert {segment.track for segment in echoes} == {"mic"}
    assert sum(len(segment.words) for segment in echoes) >= 8
    words = [word.text.lower().strip(".,?!") for segment in shown for word in segment.words]
    assert words.count("button") == 1
    assert words.count("search") == 1
    roles = {segment.track: transcript.voices[segment.voice].role for segment in shown if segment.voice is not None}
    assert roles == {"mic": Role.MODERATOR, "system": Role.PARTICIPANT}


def test_a_track_that_is_damaged_as_a_whole_costs_the_other_one_nothing(
    tmp_path: Path, request_for: Make, speech: dict[str, Samples]
) -> None:
    media = write(tmp_path / "call.mp4", [(0.0, speech[FIRST])], codec="aac", pictures=True, tracks=2)
    spoil_sound(media, -1, 60)
    sounds = (Sound(media, 1, 0, "system"), Sound(media, 2, 0, "mic"))
    transcript, listener = _run(request_for(media, sounds=sounds))
    assert {"shopping", "cart"} <= _said(transcript)
    (lack,) = transcript.lacks
    assert (lack.kind, lack.track) == (LackKind.DAMAGED, "system")
    assert abs(lack.lost_ns - len(speech[FIRST]) * S // 16_000) < S // 5
    started = listener.events[0]
    assert isinstance(started, Started)
    assert started.lacks == transcript.lacks
    code = _failure(request_for(media, sounds=sounds[:1], journal=tmp_path / "alone.jsonl")).code
    assert code is TranscribeCode.MEDIA_BROKEN


def test_late_track_and_media_zero_shift_the_words(
    tmp_path: Path, request_for: Make, speech: dict[str, Samples]
) -> None:
    media = write(
        tmp_path / "late.mp4", [(4.0, np.concatenate([speech[FIRST], quiet(1.0)]))], codec="aac", pictures=True
    )
    transcript, _ = _run(request_for(media, t0_ns=100 * S))
    words = _words(transcript)
    assert 103.5 * S <= words[0].t_start_ns <= 104.8 * S
    assert words[-1].t_end_ns <= transcript.done_until_ns
    assert {"shopping", "cart"} <= _said(transcript)


def test_skipped_ranges_are_never_heard(tmp_path: Path, request_for: Make, speech: dict[str, Samples]) -> None:
    first_s = len(speech[FIRST]) / 16000
    media = write(
        tmp_path / "pause.wav", [(0.0, np.concatenate([speech[FIRST], quiet(2.0), speech[SECOND], quiet(1.0)]))]
    )
    start_ns, end_ns = 50 * S + round((first_s + 1) * S), 50 * S + round((first_s + 30) * S)
    transcript, _ = _run(request_for(media, t0_ns=50 * S, skip=((start_ns, end_ns),)))
    assert "shopping" in _said(transcript)
    assert not {"looking", "search", "box", "page"} & _said(transcript)
    assert all(word.t_start_ns < start_ns for word in _words(transcript))


@pytest.mark.parametrize("sound", ["zeros", "hum", "noise"])
def test_what_is_no_speech_gives_no_words(tmp_path: Path, request_for: Make, sound: str) -> None:
    samples = {
        "zeros": quiet(8.0),
        "hum": 0.1 * tone(8.0, hertz=50),
        "noise": np.random.default_rng(1).normal(0, 0.01, 8 * 16000).astype(np.float32),
    }[sound]
    request = request_for(write(tmp_path / "silent.wav", [(0.0, samples)]))
    transcript, listener = _run(request)
    assert transcript.segments == ()
    assert transcript.done
    assert (transcript.language, transcript.done_until_ns) == ("en", 8 * S)
    assert isinstance(listener.events[-1], Finished)
    assert read_journal(request.journal) == transcript


def test_the_child_is_found_from_any_folder_and_imports_nothing_from_there(
    tmp_path: Path, request_for: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = write(tmp_path / "silent.wav", [(0.0, quiet(2.0))])
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "av.py").write_text("raise SystemExit('imported from the current folder')")
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert _run(request_for(media))[0].done


def test_cancel_ends_the_process_and_leaves_what_was_heard(long_speech: Path, request_for: Make) -> None:
    request = request_for(long_speech)
    listener = Listener()
    with TranscriptionClient.start(request, listener) as client:
        listener.until(SegmentDone)
        client.cancel()
        client.cancel()
        with pytest.raises(TranscribeError) as caught:
            client.wait(30)
        assert caught.value.code is TranscribeCode.CANCELLED
        assert not _alive(client.pid)
    assert isinstance(listener.events[-1], Cancelled)
    _is_partial(request, listener)


def test_cancel_before_anything_was_heard_leaves_nothing(long_speech: Path, request_for: Make) -> None:
    request = request_for(long_speech)
    with TranscriptionClient.start(request, lambda event: None) as client:
        client.cancel()
        with pytest.raises(TranscribeError) as caught:
            client.wait(60)
    assert caught.value.code is TranscribeCode.CANCELLED
    assert not request.journal.exists()


def test_close_ends_a_running_job(long_speech: Path, request_for: Make) -> None:
    listener = Listener()
    client = TranscriptionClient.start(request_for(long_speech), listener)
    listener.until(Started)
    client.close()
    client.close()
    assert isinstance(listener.events[-1], Cancelled)
    assert not _alive(client.pid)


def test_a_killed_process_is_reported_and_leaves_what_was_heard(long_speech: Path, request_for: Make) -> None:
    request = request_for(long_speech)
    listener = Listener()
    with TranscriptionClient.start(request, listener) as client:
        listener.until(SegmentDone)
        os.kill(client.pid, signal.SIGKILL)
        with pytest.raises(TranscribeError) as caught:
            client.wait(30)
    assert caught.value.code is TranscribeCode.PROCESS_GONE
    assert caught.value.detail == "signal 9"
    assert listener.events[-1] == Failed(TranscribeCode.PROCESS_GONE, "signal 9")
    _is_partial(request, listener)


def test_a_process_that_hangs_is_ended_by_force(long_speech: Path, request_for: Make) -> None:
    listener = Listener()
    with TranscriptionClient.start(request_for(long_speech), listener) as client:
        listener.until(Started)
        os.kill(client.pid, signal.SIGSTOP)
        client.cancel()
        with pytest.raises(TranscribeError) as caught:
            client.wait(60)
    assert caught.value.code is TranscribeCode.CANCELLED


def test_the_process_ends_when_its_parent_dies(long_speech: Path, request_for: Make, tmp_path: Path) -> None:
    request = request_for(long_speech)
    root = Path(transcribe.__file__).parent.parent
    code = (
        "import sys, time\n"
        "from transcribe.client import TranscriptionClient\n"
        "from transcribe.protocol import SegmentDone, decode_command\n"
        "request = decode_command(sys.stdin.buffer.readline())\n"
        "def show(event):\n"
        "    if isinstance(event, SegmentDone): print(client.pid, flush=True)\n"
        "client = TranscriptionClient.start(request, show)\n"
        "time.sleep(300)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(encode_request(request))
    parent.stdin.flush()
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    deadline = time.monotonic() + 30
    while _alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    partial = read_journal(request.journal)
    assert partial.segments
    assert not partial.done


def test_bad_media_have_codes(tmp_path: Path, request_for: Make) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "foreign.mp4").write_text("no film\n" * 100)
    assert _failure(request_for(tmp_path / "absent.mp4")).code is TranscribeCode.MEDIA_MISSING
    assert _failure(request_for(tmp_path / "empty.mp4")).code is TranscribeCode.MEDIA_BROKEN
    assert _failure(request_for(tmp_path / "foreign.mp4")).code is TranscribeCode.MEDIA_BROKEN
    failure = _failure(request_for(write_pictures_only(tmp_path / "film.mp4")))
    assert failure.code is TranscribeCode.NO_SOUND
    assert "film.mp4" in failure.detail


def test_wrong_models_have_codes(tmp_path: Path, request_for: Make, model_dir: Path) -> None:
    media = write(tmp_path / "silent.wav", [(0.0, quiet(1.0))])
    assert _failure(request_for(media, model_dir=tmp_path / "none")).code is TranscribeCode.MODEL_MISSING

    folder = tmp_path / "model"
    shutil.copytree(model_dir, folder)
    (folder / "tokenizer.json").unlink()
    failure = _failure(request_for(media, model_dir=folder))
    assert failure.code is TranscribeCode.MODEL_BROKEN
    assert "tokenizer.json" in failure.detail

    shutil.copy(model_dir / "tokenizer.json", folder)
    weights = (model_dir / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(weights[: len(weights) // 2])  # only the loader can tell
    failure = _failure(request_for(media, model_dir=folder))
    assert failure.code is TranscribeCode.MODEL_BROKEN
    assert str(folder) in failure.detail


def test_a_language_the_model_does_not_know(tmp_path: Path, request_for: Make) -> None:
    media = write(tmp_path / "silent.wav", [(0.0, quiet(1.0))])
    failure = _failure(request_for(media, language="de"))
    assert (failure.code, failure.detail) == (TranscribeCode.LANGUAGE_UNKNOWN, "de")
    assert _run(request_for(media, language="en-GB"))[0].language == "en"


def test_unwritable_journal(tmp_path: Path, request_for: Make) -> None:
    media = write(tmp_path / "silent.wav", [(0.0, quiet(1.0))])
    (tmp_path / "file").touch()
    failure = _failure(request_for(media, journal=tmp_path / "file" / "job.jsonl"))
    assert failure.code is TranscribeCode.FOLDER_UNWRITABLE


def test_forty_hours_take_no_more_memory_than_a_minute(tmp_path: Path, request_for: Make) -> None:
    media = write(tmp_path / "endless.mkv", [(0.0, tone(1.0)), (40 * 3600.0, tone(1.0))])
    last, errors = _talk(["prlimit", "--as=4000000000", *command()], environment(), request_for(media))
    assert isinstance(last, Finished), (last, errors)


def test_a_killed_job_is_gone_on_with(request_for: Make, tmp_path: Path, speech: dict[str, Samples]) -> None:
    """What was heard whole is neither lost nor heard again, and all is there in its place in the end."""
    talk = np.concatenate([speech[FIRST], quiet(2.0), speech[SECOND], quiet(62.0)] * 3)  # a piece each
    media = write(tmp_path / "talk.wav", [(0.0, talk)])
    request = request_for(media)
    listener = Listener()
    with TranscriptionClient.start(request, listener) as client:
        listener.until(SegmentDone)
        wait_until(lambda: b'"piece"' in request.journal.read_bytes())
        os.kill(client.pid, signal.SIGKILL)
        with pytest.raises(TranscribeError):
            client.wait(30)
    before = read_journal(request.journal)
    folder = request.journal.parent
    assert unfinished(folder, track="mic", model="tiny.en", language=None) == request.journal
    assert unfinished(folder, track="mic", model="tiny.en", language="de") is None
    assert unfinished(folder, track="system", model="tiny.en", language=None) is None
    second, _ = _run(request)
    whole, _ = _run(request_for(media, journal=tmp_path / "whole.jsonl"))
    assert second.id == before.id
    assert _words(second)[: len(_words(before))] == _words(before)
    for heard in (second, whole):  # the rest is read from there on, so that its sound isn't the same to the sample
        assert [word for word, _ in _landmarks(heard)] == ["cart", "page"] * 3
    for (_, t_ns), (_, other_ns) in zip(_landmarks(second), _landmarks(whole), strict=True):
        assert abs(t_ns - other_ns) < S // 2
    assert read_journal(request.journal) == second
    numbers = [json.loads(line).get("number") for line in request.journal.read_text().splitlines() if '"piece"' in line]
    assert numbers == list(range(1, len(numbers) + 1)), "each piece once"
    assert unfinished(folder, track="mic", model="tiny.en", language=None) is None


def test_too_little_memory_is_told_as_such(tmp_path: Path, request_for: Make) -> None:
    media = write(tmp_path / "short.wav", [(0.0, tone(1.0))])
    last, errors = _talk(["prlimit", "--as=500000000", *command()], environment(), request_for(media))
    assert isinstance(last, Failed), errors
    assert last.code is TranscribeCode.OUT_OF_MEMORY, (last, errors)


def test_prints_of_libraries_do_not_disturb_the_protocol(tmp_path: Path, request_for: Make) -> None:
    # A library that writes to descriptor 1, as native ones do.
    noisy = tmp_path / "noisy"
    noisy.mkdir()
    (noisy / "sitecustomize.py").write_text(
        "import os, sys, threading\n"
        "if 'transcribe.process' in sys.orig_argv:\n"
        "    def chatter():\n"
        "        import time\n"
        "        for _ in range(100):\n"
        "            time.sleep(0.05)\n"
        "            if 'transcribe.audio' in sys.modules: os.write(1, b'{native chatter}\\n')\n"
        "    threading.Thread(target=chatter, daemon=True).start()\n"
    )
    media = write(tmp_path / "silent.wav", [(0.0, quiet(2.0))])
    environ = environment()
    environ["PYTHONPATH"] = os.pathsep.join([str(noisy), environ["PYTHONPATH"]])
    last, errors = _talk(command(), environ, request_for(media))
    assert isinstance(last, Finished)
    assert "native chatter" in errors


def test_a_request_that_is_none_is_refused() -> None:
    done = subprocess.run(command(), input=b"hello\n", env=environment(), capture_output=True, timeout=100, check=False)
    assert done.returncode == 2
    event = decode_event(done.stdout)
    assert isinstance(event, Failed)
    assert event.code is TranscribeCode.INTERNAL


@pytest.mark.expect_log
def test_a_listener_that_fails_stops_nothing(tmp_path: Path, request_for: Make) -> None:
    def fail(event: TranscriptionEvent) -> None:
        raise ValueError(event)

    media = write(tmp_path / "silent.wav", [(0.0, quiet(1.0))])
    with TranscriptionClient.start(request_for(media), fail) as client:
        assert client.wait(100).done


def test_the_process_steps_back_for_others(long_speech: Path, request_for: Make) -> None:
    listener = Listener()
    with TranscriptionClient.start(request_for(long_speech), listener) as client:
        listener.until(Started)
        assert os.getpriority(os.PRIO_PROCESS, client.pid) >= os.getpriority(os.PRIO_PROCESS, 0) + 10
        with pytest.raises(TimeoutError):
            client.wait(0.01)


def _landmarks(transcript: Transcript) -> list[tuple[str, int]]:
    """The last word of each sentence and when it is said."""
    words = [(word.text.lower().strip(".,?!"), word.t_start_ns) for word in _words(transcript)]
    return [one for one in words if one[0] in {"cart", "page"}]


def _talk(
    arguments: list[str], environ: dict[str, str], request: TranscriptionRequest
) -> tuple[TranscriptionEvent, str]:
    """Run the process by hand: its last event and its standard error. Every line it sends must be a message."""
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(encode_request(request))
        process.stdin.flush()
        events = [decode_event(line) for line in process.stdout]
        return events[-1], process.stderr.read().decode()


def _alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _is_partial(request: TranscriptionRequest, listener: Listener) -> None:
    partial = read_journal(request.journal)
    told = [event.segment for event in listener.events if isinstance(event, SegmentDone)]
    assert partial.segments[: len(told)] == tuple(told)
    assert partial.segments
    assert not partial.done
    assert partial.done_until_ns >= partial.segments[-1].t_end_ns
    assert partial.language == "en"
