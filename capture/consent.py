"""What the participant's consent lets a recorder open. Pure; the recorder obeys it before anything is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from capture.config import KeyPrivacy, RecorderConfig, Scope
from capture.errors import CaptureCode, CaptureError

COVERED_BY: Mapping[str, Scope] = {"mic": Scope.VOICE, "system": Scope.VOICE, "camera": Scope.FACE, "keys": Scope.KEYS}
"""Streams beside the screen, and what has to be agreed to for each."""


def refused(config: RecorderConfig) -> tuple[str, ...]:
    """Streams that were chosen and that the consent doesn't cover. None where nobody was asked."""
    if config.consent is None:
        return ()
    chosen = {
        "mic": config.mic is not None,
        "system": config.system is not None,
        "camera": config.camera is not None,
        "keys": config.keys is not KeyPrivacy.OFF,
    }
    return tuple(stream for stream, scope in COVERED_BY.items() if chosen[stream] and scope not in config.consent)


def permitted(config: RecorderConfig) -> RecorderConfig:
    """The config without what the consent doesn't cover.

    Raises:
        CaptureError: NO_CONSENT, when the screen itself may not be recorded.
    """
    if config.consent is not None and Scope.SCREEN not in config.consent:
        raise CaptureError(CaptureCode.NO_CONSENT, Scope.SCREEN.value)
    out = refused(config)
    return replace(
        config,
        mic=None if "mic" in out else config.mic,
        system=None if "system" in out else config.system,
        camera=None if "camera" in out else config.camera,
        keys=KeyPrivacy.OFF if "keys" in out else config.keys,
    )
