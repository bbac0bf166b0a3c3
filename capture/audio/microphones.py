"""The microphones of this machine: from PulseAudio or PipeWire where there is one, else from PortAudio.

Through PulseAudio PortAudio only lists "pulse" and "default", never the single sources, so the server is asked itself.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from capture.errors import CaptureCode, CaptureError

PULSE_TIMEOUT_S = 5.0
DEFAULT = "default"
_LOOPBACK = "loopback"
"""Part of the names that PortAudio gives to what an output plays, where it was built with that (Windows, WASAPI)."""


@dataclass(frozen=True, slots=True)
class Microphone:
    """A microphone; `id` is what a `RecorderConfig` names it by.

    Attributes:
        pulse: it is a source of the sound server, opened through it.
        index: number in PortAudio's list, if it is of that list.
    """

    id: str
    name: str
    default: bool
    rate: int
    pulse: bool = False
    index: int | None = None


def list_microphones() -> list[Microphone]:
    """All microphones, the default one first.

    Raises:
        CaptureError: NO_SOUND_LIBRARY.
    """
    found = pulse_sources()
    if found is None:
        found = _portaudio_inputs()
    return sorted(found, key=lambda microphone: not microphone.default)


def find_microphone(wanted: str) -> Microphone:
    """The microphone of an id, or the default one.

    Raises:
        CaptureError: NO_MICROPHONE if there is none at all, MICROPHONE_UNKNOWN, NO_SOUND_LIBRARY.
    """
    found = list_microphones()
    if not found:
        raise CaptureError(CaptureCode.NO_MICROPHONE)
    if wanted == DEFAULT:
        return found[0]
    for microphone in found:
        if microphone.id == wanted:
            return microphone
    raise CaptureError(CaptureCode.MICROPHONE_UNKNOWN, wanted)


def list_system_sounds() -> list[Microphone]:
    """What the computer plays, by output, the default output first. Never raises; empty where it can't be recorded."""
    text, default = _pactl("-f", "json", "list", "sources"), _pactl("get-default-sink")
    if text is not None and default is not None:
        try:
            found = parse_pulse_monitors(text, default.strip())
        except (ValueError, KeyError, TypeError):
            return []
    else:
        try:
            found = [one for one in _portaudio_inputs() if _LOOPBACK in one.name.lower()]
        except CaptureError:
            return []
    return sorted(found, key=lambda sound: not sound.default)


def find_system_sound(wanted: str) -> Microphone:
    """What an output plays, by its id, or what the default one plays.

    Raises:
        CaptureError: NO_SYSTEM_SOUND.
    """
    for sound in list_system_sounds():
        if wanted in {DEFAULT, sound.id}:
            return sound
    raise CaptureError(CaptureCode.NO_SYSTEM_SOUND, "" if wanted == DEFAULT else wanted)


def pulse_sources() -> list[Microphone] | None:
    """The sound server's microphones; `None` if there is no server to ask. What only listens to a sink is left out."""
    default = _pactl("get-default-source")
    text = _pactl("-f", "json", "list", "sources")
    if text is None or default is None:
        return None
    try:
        return parse_pulse_sources(text, default.strip())
    except (ValueError, KeyError, TypeError):
        return None


def pulse_source_names() -> set[str] | None:
    """Names of all the sound server's sources; `None` if it doesn't answer."""
    text = _pactl("list", "short", "sources")
    if text is None:
        return None
    return {line.split("\t")[1] for line in text.splitlines() if line.count("\t") >= 1}


def parse_pulse_sources(text: str, default: str) -> list[Microphone]:
    """Reads `pactl -f json list sources`; raises `ValueError`, `KeyError` or `TypeError` for anything else."""
    result = []
    for source in json.loads(text):
        if source.get("monitor_source") or source.get("properties", {}).get("device.class") == "monitor":
            continue
        name = source["name"]
        result.append(
            Microphone(
                id=name,
                name=source.get("description") or name,
                default=name == default,
                rate=_rate_of(source.get("sample_specification", "")),
                pulse=True,
            )
        )
    return result


def parse_pulse_monitors(text: str, default_sink: str) -> list[Microphone]:
    """The monitors in what `pactl -f json list sources` tells; raises as `parse_pulse_sources`."""
    return [
        Microphone(
            id=source["name"],
            name=source.get("description") or source["name"],
            default=source["monitor_source"] == default_sink,
            rate=_rate_of(source.get("sample_specification", "")),
            pulse=True,
        )
        for source in json.loads(text)
        if source.get("monitor_source")
    ]


def _rate_of(specification: str) -> int:
    """48000 of "s16le 2ch 48000Hz"."""
    for word in specification.split():
        if word.endswith("Hz") and word[:-2].isdigit():
            return int(word[:-2])
    return 48_000


def _pactl(*arguments: str) -> str | None:
    program = shutil.which("pactl")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            timeout=PULSE_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _portaudio_inputs() -> list[Microphone]:
    sounddevice = load_sounddevice()
    try:
        devices: list[dict[str, Any]] = list(sounddevice.query_devices())
        interfaces = sounddevice.query_hostapis()
        default = sounddevice.default.device[0]
    except sounddevice.PortAudioError as error:
        raise CaptureError(CaptureCode.NO_MICROPHONE, type(error).__name__) from error
    result = []
    for index, device in enumerate(devices):
        if device["max_input_channels"] < 1:
            continue
        interface = interfaces[device["hostapi"]]["name"]
        result.append(
            Microphone(
                id=f"{interface}:{device['name']}",
                name=device["name"],
                default=index == default,
                rate=int(device["default_samplerate"]),
                index=index,
            )
        )
    return result


def load_sounddevice() -> Any:
    """The module `sounddevice`, which loads PortAudio when it is first imported.

    Raises:
        CaptureError: NO_SOUND_LIBRARY.
    """
    try:
        import sounddevice
    except OSError as error:
        raise CaptureError(CaptureCode.NO_SOUND_LIBRARY, "PortAudio") from error
    return sounddevice
