"""Why a recording didn't begin, in sentences: what goes on in one that runs doesn't go on then. No Qt."""

from __future__ import annotations

from app.wording import STREAM_WORDS, sentence
from capture.errors import CaptureCode, CaptureError

_NOT_BEGUN = {
    CaptureCode.WINDOW_GONE: "The window to be recorded is closed, hidden or minimised, so nothing was recorded. Bring "
    "it to the front and start again, or record the display.",
    CaptureCode.NO_CAMERA: "The camera gives no picture, so nothing was recorded. Plug it in, choose another one, or "
    "record without a camera.",
    CaptureCode.DISK_FULL: "There is too little space on the disk, so nothing was recorded. Free some and start again, "
    "or keep the study on another disk.",
}


def start_sentence(error: BaseException) -> str:
    """As `sentence`, of what kept a recording from beginning."""
    if isinstance(error, CaptureError) and error.code in _NOT_BEGUN:
        return _NOT_BEGUN[error.code]
    return sentence(error)


def recovered_sentence(stream: str) -> str:
    """That a stream of the recorder, of which something else was told before, is as it should be."""
    name = STREAM_WORDS[stream]
    return f"{name[0].upper()}{name[1:]}: all is well again."
