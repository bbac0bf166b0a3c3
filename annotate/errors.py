"""What can go wrong with a study, as codes. `app.wording` turns a code into a sentence."""

from __future__ import annotations

from enum import StrEnum


class StudyCode(StrEnum):
    """Reason codes; their values never change."""

    STUDY_MISSING = "study_missing"
    STUDY_EXISTS = "study_exists"
    STUDY_BROKEN = "study_broken"
    STUDY_TOO_NEW = "study_too_new"
    STUDY_BUSY = "study_busy"
    STUDY_UNWRITABLE = "study_unwritable"
    DISK_FULL = "disk_full"
    ROW_MISSING = "row_missing"
    ROW_IN_USE = "row_in_use"
    STALE_CHANGE = "stale_change"
    VALUE_INVALID = "value_invalid"
    VOICE_TOO_SHORT = "voice_too_short"
    TRANSCRIPT_MISSING = "transcript_missing"
    SUBTITLES_UNREADABLE = "subtitles_unreadable"
    SESSION_MISSING = "session_missing"
    BEYOND_END = "beyond_end"
    NO_FRAMES = "no_frames"
    SESSION_ACTIVE = "session_active"
    OTHER_FILE = "other_file"
    OTHER_RECORDING = "other_recording"
    PACK_MISSING = "pack_missing"
    PACK_UNREADABLE = "pack_unreadable"
    PACK_UNSAFE = "pack_unsafe"
    PACK_TOO_NEW = "pack_too_new"
    PACK_DAMAGED = "pack_damaged"
    MERGE_SAME = "merge_same"
    EXPORT_UNWRITABLE = "export_unwritable"
    NO_MEDIA = "no_media"
    NOT_CONSENTED = "not_consented"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CLIP_LENGTH = "clip_length"
    REEL_EMPTY = "reel_empty"
    EVIDENCE_UNWRITABLE = "evidence_unwritable"


class StudyError(Exception):
    """A failure of the environment or of a value given, not a defect. `detail` names the path, row or value."""

    def __init__(self, code: StudyCode, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail

    def __reduce__(self) -> tuple[type[StudyError], tuple[StudyCode, str]]:
        return type(self), (self.code, self.detail)
