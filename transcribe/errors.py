"""What can go wrong while transcribing, as codes. `app.wording` turns a code into a sentence."""

from __future__ import annotations

from enum import StrEnum


class TranscribeCode(StrEnum):
    """Reason codes; they cross process borders, so their values never change."""

    MODEL_UNKNOWN = "model_unknown"
    MODEL_MISSING = "model_missing"
    MODEL_BROKEN = "model_broken"
    MODEL_OTHER = "model_other"  # other weights than the ones known by that name
    MODEL_NONSENSE = "model_nonsense"  # it loads, but does not hear what is said
    MODEL_NO_NETWORK = "model_no_network"
    MODEL_UNAVAILABLE = "model_unavailable"  # the server answers, but doesn't hand the model out
    MODEL_NOT_THERE = "model_not_there"  # nothing to import
    MODEL_EXISTS = "model_exists"
    MODEL_PACKAGED = "model_packaged"
    MEDIA_MISSING = "media_missing"
    MEDIA_BROKEN = "media_broken"
    NO_SOUND = "no_sound"
    MODEL_ENGLISH = "model_english"  # and the session is in another language
    LANGUAGE_UNKNOWN = "language_unknown"
    JOURNAL_TOO_NEW = "journal_too_new"
    DISK_FULL = "disk_full"
    FOLDER_UNWRITABLE = "folder_unwritable"
    OUT_OF_MEMORY = "out_of_memory"
    MEMORY_SHORT = "memory_short"  # known before it starts; `detail` says how much, and what fits
    RECORDING_RUNS = "recording_runs"
    BUSY = "busy"  # another process transcribes this session
    CANCELLED = "cancelled"
    PROCESS_GONE = "process_gone"
    INTERNAL = "internal"


class TranscribeError(Exception):
    """A failure of the environment while transcribing, not a defect. `detail` names the model, file or reason."""

    def __init__(self, code: TranscribeCode, detail: str = "") -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail

    def __reduce__(self) -> tuple[type[TranscribeError], tuple[TranscribeCode, str]]:
        return type(self), (self.code, self.detail)
