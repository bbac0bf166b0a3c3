"""Values that cross processes and files: they come back as they went, and nonsense is refused."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.config import KeyPrivacy, RecorderConfig, Region
from capture.errors import CaptureCode, CaptureError
from capture.events import Mark, MarkKind, MarkOrigin
from capture.jsonvalue import get, loads_object
from capture.manifest import BundleState, FileInfo, Manifest, StreamInfo
from capture.protocol import (
    BundleSummary,
    Command,
    CommandName,
    Degraded,
    Failed,
    Finalized,
    Message,
    Preview,
    RecorderState,
    Recovered,
    Reply,
    Status,
    StreamStatus,
    decode,
    encode,
)

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
whole = st.integers(-(2**62), 2**62)
positive = st.integers(0, 2**62)
json_values = st.recursive(
    st.none() | st.booleans() | whole | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(text, json_values, max_size=4)
codes = st.sampled_from(CaptureCode)

regions = st.builds(Region, whole, whole, whole, whole)
configs = st.builds(
    RecorderConfig,
    display=st.integers(0, 9),
    region=st.none() | regions,
    fps=st.integers(1, 60),
    mic=st.none() | text,
    keys=st.sampled_from(KeyPrivacy),
    orphan_grace_s=st.floats(0, 1e6),
    min_free_bytes=positive,
    warn_free_bytes=positive,
    context=objects,
)
marks = st.builds(
    Mark,
    id=text,
    t_ns=whole,
    t_pressed_ns=whole,
    kind=st.sampled_from(MarkKind),
    ref=st.none() | text,
    body=st.none() | text,
    payload=objects,
    origin=st.sampled_from(MarkOrigin),
    author=st.none() | text,
)
summaries = st.builds(BundleSummary, positive, positive, positive, positive, positive)
fractions = st.none() | st.floats(0, 1)
stream_statuses = st.builds(
    StreamStatus,
    kind=text,
    age_ns=st.none() | whole,
    level=fractions,
    peak=fractions,
    fps=st.none() | st.floats(0, 100),
    dropped=positive,
    code=st.none() | codes,
)
statuses = st.builds(
    Status,
    t_ns=whole,
    state=st.sampled_from(RecorderState),
    fps=st.floats(0, 100),
    frames=positive,
    dropped=positive,
    input_events=positive,
    disk_free_bytes=positive,
    bytes_written=positive,
    reasons=st.lists(codes, max_size=3).map(tuple),
    streams=st.lists(stream_statuses, max_size=3).map(tuple),
    disk_minutes=st.none() | positive,
    battery_minutes=st.none() | positive,
)
messages = st.one_of(
    st.builds(Command, whole, st.sampled_from(CommandName), objects),
    st.builds(Reply, whole, objects, st.none() | codes, text),
    statuses,
    st.builds(Degraded, text, codes, text),
    st.builds(Recovered, text),
    st.builds(Preview, st.binary(max_size=99)),
    st.builds(Finalized, summaries),
    st.builds(Failed, codes, text),
)


@given(configs)
def test_config_comes_back(config: RecorderConfig) -> None:
    assert RecorderConfig.from_json(loads_object(json.dumps(config.to_json()))) == config


@given(marks)
def test_mark_comes_back(mark: Mark) -> None:
    assert Mark.from_json(loads_object(json.dumps(mark.to_json()))) == mark


@given(messages)
def test_message_comes_back(message: Message) -> None:
    assert decode(encode(message)) == message


@given(st.binary(max_size=200) | objects.map(lambda value: json.dumps({"v": 1, **value}).encode()))
def test_nonsense_is_refused_by_a_typed_error(data: bytes) -> None:
    with pytest.raises(CaptureError):
        decode(data)


@given(messages, st.data())
def test_damaged_message_never_raises_anything_else(message: Message, data: st.DataObject) -> None:
    source: dict[str, Any] = json.loads(encode(message))
    key = data.draw(st.sampled_from(sorted(source)))
    source[key] = data.draw(json_values)
    with contextlib.suppress(CaptureError):
        decode(json.dumps(source).encode())


def test_message_of_another_version_is_refused() -> None:
    with pytest.raises(CaptureError) as caught:
        decode(b'{"v":2,"type":"recovered","stream":"mic"}')
    assert caught.value.code is CaptureCode.RECORDER_REFUSED


@given(config=configs, state=st.sampled_from(BundleState), context=objects, duration=st.none() | positive)
def test_manifest_comes_back(
    config: RecorderConfig, state: BundleState, context: dict[str, Any], duration: int | None
) -> None:
    manifest = make_manifest(config=config, state=state, context=context, duration_ns=duration)
    again = Manifest.from_text(manifest.to_text())
    assert again == dataclasses.replace(manifest, config=dataclasses.replace(config, context=context))


def make_manifest(**changes: Any) -> Manifest:
    values: dict[str, Any] = {
        "id": "0b3c",
        "state": BundleState.RECORDING,
        "started_utc": "2026-09-03T12:05:00.000+00:00",
        "utc_offset_min": 120,
        "epoch_perf_ns": 5,
        "epoch_utc_ns": 6,
        "duration_ns": None,
        "config": RecorderConfig(),
        "context": {},
        "streams": (StreamInfo(1, "screen", "screen.mp4", 0, "screen", {"width": 2}),),
        "files": (FileInfo("screen.mp4", 1, "ab"),),
        "app_version": "1",
        "system": {"os": "linux"},
    }
    return Manifest(**(values | changes))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"schema_version": 2}, CaptureCode.BUNDLE_TOO_NEW),
        ({"schema_version": "1"}, CaptureCode.BUNDLE_BROKEN),
        ({"state": "elsewhere"}, CaptureCode.BUNDLE_BROKEN),
        ({"config": None}, CaptureCode.BUNDLE_BROKEN),
        ({"streams": [1]}, CaptureCode.BUNDLE_BROKEN),
        ({"id": None}, CaptureCode.BUNDLE_BROKEN),
    ],
)
def test_foreign_manifest_has_a_code(change: dict[str, Any], code: CaptureCode) -> None:
    source = json.loads(make_manifest().to_text()) | change
    with pytest.raises(CaptureError) as caught:
        Manifest.from_text(json.dumps(source))
    assert caught.value.code is code


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_manifest_is_broken(data: bytes) -> None:
    with pytest.raises(CaptureError) as caught:
        Manifest.from_text(data)
    assert caught.value.code is CaptureCode.BUNDLE_BROKEN


@pytest.mark.parametrize(
    "values", [{"fps": 0}, {"fps": 61}, {"display": None}, {"orphan_grace_s": -1.0}, {"min_free_bytes": -1}]
)
def test_config_out_of_range_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|needed"):
        RecorderConfig(**values)


def test_a_bool_is_no_number() -> None:
    with pytest.raises(ValueError, match="must be int"):
        get({"n": True}, "n", int)
    with pytest.raises(ValueError, match="must be float"):
        get({"n": True}, "n", float)
    assert get({"n": 3}, "n", float) == 3.0
