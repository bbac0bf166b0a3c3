"""What can go wrong while recording, as codes. `app.wording` turns a code into a sentence."""

from __future__ import annotations

from enum import StrEnum


class CaptureCode(StrEnum):
    """Reason codes; they cross process borders, so their values never change."""

    NO_DISPLAY = "no_display"
    DISPLAY_UNKNOWN = "display_unknown"
    REGION_INVALID = "region_invalid"
    NO_MICROPHONE = "no_microphone"
    MICROPHONE_UNKNOWN = "microphone_unknown"
    MICROPHONE_BUSY = "microphone_busy"
    NO_SOUND_LIBRARY = "no_sound_library"
    NO_INPUT = "no_input"
    FOLDER_UNWRITABLE = "folder_unwritable"
    DISK_FULL = "disk_full"
    BUNDLE_EXISTS = "bundle_exists"
    BUNDLE_MISSING = "bundle_missing"
    BUNDLE_NO_MANIFEST = "bundle_no_manifest"
    BUNDLE_BROKEN = "bundle_broken"
    BUNDLE_TOO_NEW = "bundle_too_new"
    BUNDLE_RECORDING = "bundle_recording"
    MEDIA_BROKEN = "media_broken"
    NOTHING_TO_RECOVER = "nothing_to_recover"
    RECORDER_START_FAILED = "recorder_start_failed"
    RECORDER_GONE = "recorder_gone"
    RECORDER_REFUSED = "recorder_refused"
    INTERNAL = "internal"


class CaptureError(Exception):
    """A failure of the environment while recording, not a defect.

    `detail` names the thing it happened to (a path, a device, a reason in the system's words), never content of
    a session.
    """

    def __init__(self, code: CaptureCode, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail

    def __reduce__(self) -> tuple[type[CaptureError], tuple[CaptureCode, str]]:
        return type(self), (self.code, self.detail)
