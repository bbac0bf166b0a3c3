"""A stream that the consent doesn't cover is not opened."""

from __future__ import annotations

import pytest

from capture.config import KeyPrivacy, RecorderConfig, Scope
from capture.consent import permitted, refused
from capture.errors import CaptureCode, CaptureError

EVERYTHING = {"mic": "default", "system": "default", "camera": "/dev/video0"}


@pytest.mark.parametrize(
    ("missing", "streams"),
    [(Scope.VOICE, ("mic", "system")), (Scope.FACE, ("camera",)), (Scope.KEYS, ("keys",))],
)
def test_each_scope_opens_its_streams_and_no_others(missing: Scope, streams: tuple[str, ...]) -> None:
    config = RecorderConfig(**EVERYTHING, consent=tuple(scope for scope in Scope if scope is not missing))  # type: ignore[arg-type]
    assert refused(config) == streams
    kept = permitted(config)
    values = {"mic": kept.mic, "system": kept.system, "camera": kept.camera}
    for name, value in values.items():
        assert (value is None) == (name in streams)
    assert (kept.keys is KeyPrivacy.OFF) == ("keys" in streams)
    assert refused(kept) == ()


def test_nobody_asked_changes_nothing() -> None:
    config = RecorderConfig(camera="0")
    assert permitted(config) == config


def test_without_the_screen_nothing_is_recorded() -> None:
    with pytest.raises(CaptureError) as caught:
        permitted(RecorderConfig(consent=(Scope.VOICE,)))
    assert caught.value.code is CaptureCode.NO_CONSENT
