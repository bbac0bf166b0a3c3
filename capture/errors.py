"""What can go wrong while recording, as codes. `app.wording` turns a code into a sentence."""

from __future__ import annotations

from enum import StrEnum


class CaptureCode(StrEnum):
    """Reason codes; they cross process borders, so their values never change."""

    NO_DISPLAY = "no_display"
    DISPLAY_UNKNOWN = "display_unknown"
    REGION_INVALID = "region_invalid"
    WINDOW_UNKNOWN = "window_unknown"
    WINDOW_GONE = "window_gone"
    SCREEN_REFUSED = "screen_refused"
    CHOICE_IS_THE_DESKTOPS = "choice_is_the_desktops"
    NO_SCREEN_SHARING = "no_screen_sharing"
    NO_MICROPHONE = "no_microphone"
    MICROPHONE_UNKNOWN = "microphone_unknown"
    MICROPHONE_BUSY = "microphone_busy"
    MICROPHONE_SWITCHED = "microphone_switched"
    NO_SYSTEM_SOUND = "no_system_sound"
    NO_CAMERA = "no_camera"
    CAMERA_UNKNOWN = "camera_unknown"
    CAMERA_BUSY = "camera_busy"
    NO_SOUND_LIBRARY = "no_sound_library"
    NO_INPUT = "no_input"
    NO_INPUT_ON_WAYLAND = "no_input_on_wayland"
    NO_WINDOWS = "no_windows"
    NO_CONSENT = "no_consent"
    PICTURE_BLACK = "picture_black"
    SOUND_SILENT = "sound_silent"
    SOUND_FLAT = "sound_flat"
    INPUT_DEAD = "input_dead"
    ENCODER_SLOW = "encoder_slow"
    BATTERY_LOW = "battery_low"
    SYNC_UNMEASURED = "sync_unmeasured"
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
    NOTHING_RECORDING = "nothing_recording"
    RECORDER_REFUSED = "recorder_refused"
    IMPORT_EMPTY = "import_empty"
    IMPORT_UNREADABLE = "import_unreadable"
    IMPORT_NOT_MEDIA = "import_not_media"
    IMPORT_CUT_OFF = "import_cut_off"
    IMPORT_NO_PICTURE = "import_no_picture"
    IMPORT_UNKNOWN_CODEC = "import_unknown_codec"
    IMPORT_ENCRYPTED = "import_encrypted"
    IMPORT_NO_ROOM = "import_no_room"
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
