"""Every code of the core as a sentence, and the names of things. No Qt: the command line words with it too.

A sentence says what happened, what is safe and what to do. It never says "Error", shows a code alone, or blames.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from annotate.backlog.errors import BacklogCode, BacklogError
from annotate.errors import StudyCode, StudyError
from annotate.library import ItemKind, KnownStudy
from annotate.models import ObservationKind, ObservationOrigin, Outcome, SessionState, Severity
from app.backlog_words import BACKLOG
from capture.errors import CaptureCode, CaptureError
from transcribe.errors import TranscribeCode, TranscribeError
from transcribe.models import Flag, Role

_CAPTURE = {
    CaptureCode.NO_DISPLAY: "No screen can be recorded here. Start Moderato inside a desktop session, or check that "
    "DISPLAY names a running display, and try again.",
    CaptureCode.DISPLAY_UNKNOWN: "There is no display {detail}. `moderato doctor` lists the displays that can be recorded.",
    CaptureCode.REGION_INVALID: "The region {detail} does not lie on the screen. Choose a part that lies inside a display.",
    CaptureCode.WINDOW_UNKNOWN: "There is no window {detail} any more. Choose the window again, or record the display.",
    CaptureCode.WINDOW_GONE: "The window that is recorded was closed or hidden. Sound and input go on; a slate fills the "
    "gap until it is seen again.",
    CaptureCode.SCREEN_REFUSED: "The desktop was not told which screen may be recorded. Start again, choose a screen in its "
    "dialog and share it.",
    CaptureCode.CHOICE_IS_THE_DESKTOPS: "On Wayland the desktop itself asks what may be recorded, so no other display, part or "
    "window can be named here. Leave that choice out and make it in the desktop's dialog.",
    CaptureCode.NO_SCREEN_SHARING: "On Wayland the screen is recorded through the desktop's screen sharing, and this is "
    "missing: {detail}. Install it, or log in to a session on X11.",
    CaptureCode.MICROPHONE_SWITCHED: "The chosen microphone is gone. The default one, {detail}, records now.",
    CaptureCode.NO_SYSTEM_SOUND: "What the computer plays cannot be recorded here. Picture and microphone can.",
    CaptureCode.NO_CAMERA: "The camera gives no picture. Screen and sound go on; plug it in again or choose another one.",
    CaptureCode.CAMERA_UNKNOWN: "There is no camera {detail}. `moderato doctor` lists the cameras.",
    CaptureCode.CAMERA_BUSY: "The camera gives no picture because another program holds it. Close that program or "
    "choose another camera.",
    CaptureCode.NO_WINDOWS: "Which window is in front cannot be told here. Everything else is recorded.",
    CaptureCode.NO_CONSENT: "The consent given does not cover this: {detail}. It is not recorded.",
    CaptureCode.PICTURE_BLACK: "The picture has been all black for some seconds. Check that the right display is chosen "
    "and that it is awake.",
    CaptureCode.SOUND_SILENT: "The microphone gives digital silence: nothing at all, not even noise. Check that it is "
    "switched on and not muted.",
    CaptureCode.SOUND_FLAT: "The microphone hears next to nothing. Check that it is the right one and near enough.",
    CaptureCode.INPUT_DEAD: "The pointer moves on the screen, but no input events arrive. Picture and sound go on.",
    CaptureCode.ENCODER_SLOW: "This computer cannot keep up with the picture: {detail} pictures were left out so far. "
    "Sound is whole. Close other programs or record fewer pictures a second.",
    CaptureCode.BATTERY_LOW: "The battery lasts {detail} more minutes. Plug the computer in.",
    CaptureCode.SYNC_UNMEASURED: "Flash, beep or click were not found in the recording ({detail}). The recording itself "
    "is not touched; try again with the recorded screen in view and the sound on.",
    CaptureCode.NO_MICROPHONE: "No microphone was found. Plug one in, or record without sound.",
    CaptureCode.MICROPHONE_UNKNOWN: "There is no microphone called {detail}. `moderato doctor` lists the microphones.",
    CaptureCode.MICROPHONE_BUSY: "The microphone gives no sound because another program holds it. Close that program "
    "or choose another microphone.",
    CaptureCode.NO_SOUND_LIBRARY: "The sound library PortAudio is missing, so no microphone can be used. Install it "
    "(on Debian: libportaudio2), or record without sound.",
    CaptureCode.NO_INPUT: "Pointer and key events cannot be recorded here. Picture and sound can; choose keys off to go on.",
    CaptureCode.NO_INPUT_ON_WAYLAND: "On Wayland no program hears others' pointer and keys: input events and global hotkeys are "
    "not available. Marks still work: the recording bar's buttons, its keys while it is in front, and “moderato mark”, which "
    "the desktop's settings can put on a key.",
    CaptureCode.FOLDER_UNWRITABLE: "Moderato may not write to {detail}. Choose another folder or change its permissions.",
    CaptureCode.DISK_FULL: "The disk is full. What was recorded up to then is safe. Free some space before recording on.",
    CaptureCode.BUNDLE_EXISTS: "There is a recording at {detail} already; it was left as it is.",
    CaptureCode.BUNDLE_MISSING: "There is no recording at {detail}. Check the path.",
    CaptureCode.BUNDLE_NO_MANIFEST: "The recording at {detail} has lost its manifest. `moderato recover` rebuilds it "
    "from what was recorded.",
    CaptureCode.BUNDLE_BROKEN: "The recording at {detail} is damaged. Nothing was changed; `moderato recover` saves "
    "what can be saved.",
    CaptureCode.BUNDLE_TOO_NEW: "The recording at {detail} was made by a newer Moderato. Update Moderato to open it; "
    "nothing was changed.",
    CaptureCode.BUNDLE_RECORDING: "A recording is being made at {detail} right now. Stop it first.",
    CaptureCode.MEDIA_BROKEN: "The picture or sound file {detail} cannot be read. It was left as it is; marks and "
    "events can still be used.",
    CaptureCode.NOTHING_TO_RECOVER: "Nothing needs mending at {detail}.",
    CaptureCode.RECORDER_START_FAILED: "The recorder could not be started. Nothing was recorded. `moderato doctor` tells "
    "what is missing.",
    CaptureCode.RECORDER_GONE: "The recorder has stopped unexpectedly. What it recorded is on the disk; `moderato "
    "recover` or the next start of the app mends it.",
    CaptureCode.NOTHING_RECORDING: "No recording runs that could be marked. Start one with the app or `moderato record`.",
    CaptureCode.RECORDER_REFUSED: "The recorder cannot do that now ({detail}). The recording goes on.",
    CaptureCode.IMPORT_EMPTY: "The file {detail} is empty. Copy it again from where it was made; nothing was imported.",
    CaptureCode.IMPORT_UNREADABLE: "The file {detail} cannot be read here. Check that it is there and that you may read it; "
    "nothing was imported.",
    CaptureCode.IMPORT_NOT_MEDIA: "The file {detail} is not a recording that can be imported. MP4, MKV, MOV, WebM and "
    "their like can; nothing was imported.",
    CaptureCode.IMPORT_CUT_OFF: "The file {detail} was cut off before it was finished, and its index is missing. Copy it "
    "again, or export it again from the program that made it; nothing was imported.",
    CaptureCode.IMPORT_NO_PICTURE: "There is no moving picture in {detail}, so there is nothing to review. Choose the file "
    "with the screen in it; nothing was imported.",
    CaptureCode.IMPORT_UNKNOWN_CODEC: "The picture of {detail} is in a form that cannot be read here. Convert it to "
    "H.264 in an MP4 and import that; nothing was imported.",
    CaptureCode.IMPORT_ENCRYPTED: "The file {detail} is protected against copying, so it cannot be read. Nothing was imported.",
    CaptureCode.IMPORT_NO_ROOM: "There is not enough room on the disk for this recording: {detail} more are needed. "
    "Nothing was imported.",
    CaptureCode.INTERNAL: "Something went wrong inside the recorder. What was recorded is on the disk; the log in the "
    "recording's folder says more.",
}

_TRANSCRIBE = {
    TranscribeCode.MODEL_UNKNOWN: "There is no speech model called {detail}. Use one of: {models}; or the path of a model folder.",
    TranscribeCode.MODEL_MISSING: "The speech model {detail} is not on this computer yet. Download it once with a "
    "network connection, or give the path of a model folder.",
    TranscribeCode.MODEL_BROKEN: "The model folder is not complete: {detail}. Choose a folder with a Whisper model in "
    "CTranslate2 form, or download the model again.",
    TranscribeCode.MODEL_OTHER: "The model was not imported: {detail} has other weights than the model of that name, so the copy is "
    "damaged or cut off. Copy it again; a model of your own comes in under another name (moderato models import --name).",
    TranscribeCode.MODEL_NONSENSE: "The model was not imported: {detail} was tried with a sentence and did not hear it, so the "
    "copy is damaged. Copy or download it again.",
    TranscribeCode.MODEL_NO_NETWORK: "The speech model could not be downloaded, for the network cannot be reached ({detail}). "
    "What was fetched is kept. Connect and try again, or import the model from a folder or a zip.",
    TranscribeCode.MODEL_UNAVAILABLE: "The speech model {detail} was not handed out by the server that keeps it. Try again "
    "later, choose another model, or give the path of a model folder.",
    TranscribeCode.MODEL_NOT_THERE: "There is nothing to import at {detail}. Check the path; a stick may have been pulled out.",
    TranscribeCode.MODEL_EXISTS: "The speech model {detail} is on this computer already; it was left as it is. Remove it first "
    "to put another one in its place.",
    TranscribeCode.MODEL_PACKAGED: "The speech model {detail} came with the program’s packages and is removed with them.",
    TranscribeCode.JOURNAL_TOO_NEW: "The transcript at {detail} was made by a newer Moderato. Update Moderato to open it; "
    "nothing was changed.",
    TranscribeCode.MEDIA_MISSING: "The recording's file {detail} is not there. Find it, or recover the recording.",
    TranscribeCode.MEDIA_BROKEN: "The file {detail} cannot be read as a recording: it is damaged, or its end is missing. It was "
    "left as it is. Put a whole copy in its place, or run `moderato recover`.",
    TranscribeCode.NO_SOUND: "There is no sound in {detail}, so there is nothing to transcribe.",
    TranscribeCode.MODEL_ENGLISH: "The speech model {detail} knows English only, and the language that is set is another. "
    "Choose a model that knows more languages, or change the language on the study's plan.",
    TranscribeCode.LANGUAGE_UNKNOWN: "The speech model does not know the language {detail}. Use a code such as en or de, "
    "choose a model that knows more languages, or leave the language out.",
    TranscribeCode.DISK_FULL: "The disk is full. What is transcribed already is kept. Free some space and start again.",
    TranscribeCode.FOLDER_UNWRITABLE: "Moderato may not write to {detail}. Change its permissions and start again.",
    TranscribeCode.OUT_OF_MEMORY: "There is not enough memory for this speech model. Close other programs or choose a "
    "smaller model.",
    TranscribeCode.MEMORY_SHORT: "There is not enough free memory for this speech model: {detail}. Nothing was begun, and "
    "what is transcribed already is kept.",
    TranscribeCode.RECORDING_RUNS: "A recording is running, and nothing may take the processor from it. Try again when it is "
    "over.",
    TranscribeCode.BUSY: "The session {detail} is being transcribed by another window or command right now. Its text will "
    "appear here when that is done.",
    TranscribeCode.CANCELLED: "Stopped. What was transcribed up to then is kept.",
    TranscribeCode.PROCESS_GONE: "The transcription stopped unexpectedly. What was transcribed up to then is kept; "
    "start it again.",
    TranscribeCode.INTERNAL: "Something went wrong while transcribing. What was transcribed up to then is kept; the log "
    "says more.",
}

_STUDY = {
    StudyCode.STUDY_MISSING: "There is no study at {detail}. Check the path, or make a new study.",
    StudyCode.STUDY_EXISTS: "There is something at {detail} already; it was left as it is. Choose another name.",
    StudyCode.STUDY_BROKEN: "The study at {detail} is damaged. Nothing was changed. The folder `backups` inside it holds "
    "earlier states.",
    StudyCode.STUDY_TOO_NEW: "The study at {detail} was made by a newer Moderato. Update Moderato to open it; nothing "
    "was changed.",
    StudyCode.STUDY_BUSY: "Another program is writing to the study. Nothing was lost; try again in a moment.",
    StudyCode.STUDY_UNWRITABLE: "Moderato may not write to the study at {detail}. Copy it to a folder of your own or "
    "change its permissions.",
    StudyCode.DISK_FULL: "The disk is full. Nothing was changed. Free some space and try again.",
    StudyCode.ROW_MISSING: "That is not there any more: somebody else has removed it.",
    StudyCode.ROW_IN_USE: "That was not removed, because it is in use: a task that a session has worked on stays, "
    "and so does a transcript that was heard from the recording.",
    StudyCode.STALE_CHANGE: "This cannot be undone any more: it was changed elsewhere in the meantime. Nothing was changed.",
    StudyCode.VALUE_INVALID: "That value cannot be used: {detail}.",
    StudyCode.VOICE_TOO_SHORT: "Too little of that voice was heard to know it again: five seconds are needed, transcribed "
    "with the voice model installed (`moderato doctor` says whether it is).",
    StudyCode.SESSION_MISSING: "That session is not in the study: {detail}.",
    StudyCode.TRANSCRIPT_MISSING: "There is no transcript of {detail} yet. Transcribe the session first.",
    StudyCode.SUBTITLES_UNREADABLE: "There are no subtitles that can be read in {detail}. Moderato reads SubRip (.srt) and "
    "WebVTT (.vtt). Nothing was changed.",
    StudyCode.BEYOND_END: "That moment lies beyond the end of the recording ({detail}).",
    StudyCode.NO_FRAMES: "The recording at {detail} has no picture that can be shown. Text, marks and events can still be used.",
    StudyCode.SESSION_ACTIVE: "The session of {detail} is being recorded right now. Stop the recording first.",
    StudyCode.OTHER_FILE: "The file {detail} is not the picture of this session: its size, its content or its length differs. "
    "Nothing was changed; choose the file that was recorded with it.",
    StudyCode.OTHER_RECORDING: "That folder does not hold the recording of this session of {detail}. Choose the folder that "
    "has its manifest.json in it; nothing was changed.",
    StudyCode.PACK_MISSING: "There is no packed study at {detail}. Check the path; nothing was unpacked.",
    StudyCode.PACK_UNREADABLE: "The file {detail} is not a packed study, or it was cut off on its way. Nothing was unpacked; "
    "ask for it again.",
    StudyCode.PACK_UNSAFE: "The packed study was refused, because it would write outside its folder or was made to do harm: "
    "{detail}. Nothing was unpacked.",
    StudyCode.PACK_TOO_NEW: "The packed study at {detail} was made by a newer Moderato. Update Moderato to unpack it; nothing "
    "was changed.",
    StudyCode.PACK_DAMAGED: "The packed study was damaged on its way: {detail} is not what was packed. Nothing was unpacked; "
    "ask for it again.",
    StudyCode.MERGE_SAME: "A study cannot be merged into itself. Choose the other laptop’s study, or its packed file.",
    StudyCode.NO_MEDIA: "The file {detail} is not there or cannot be read, so nothing can be cut from it. Find it, then try "
    "again; text and marks can still be used.",
    StudyCode.NOT_CONSENTED: "Participant {detail} did not agree to being shown. Nothing was cut.",
    StudyCode.CONSENT_WITHDRAWN: "Participant {detail} has withdrawn consent, so nothing of theirs is given away.",
    StudyCode.CLIP_LENGTH: "A clip is between a tenth of a second and half an hour long; {detail} is not. Mark another range.",
    StudyCode.REEL_EMPTY: "The reel {detail} is empty. Put clips into it first.",
    StudyCode.EVIDENCE_UNWRITABLE: "Moderato may not write {detail}. Nothing is left behind; change the folder's permissions and "
    "try again.",
    StudyCode.EXPORT_UNWRITABLE: "Moderato may not write {detail}. Choose another folder or file name.",
}

WHISPER_MODELS = "tiny, tiny.en, base, base.en, small, small.en, medium, medium.en, large-v3, large-v3-turbo"


STREAM_WORDS = {
    "screen": "the screen",
    "mic": "the microphone",
    "system": "what the computer plays",
    "camera": "the camera",
    "keys": "keys",
    "input": "pointer and keys",
    "window": "the active window",
    "disk": "the disk",
    "battery": "the battery",
}
"""What a stream of the recorder is called in a sentence."""


def sentence(error: BaseException) -> str:
    """What to tell a user about `error`; a known failure in its own words, a defect in general ones."""
    match error:
        case CaptureError():
            return _fill(_CAPTURE[error.code], error.detail)
        case TranscribeError():
            return _fill(_TRANSCRIBE[error.code], error.detail)
        case StudyError():
            return _fill(_STUDY[error.code], error.detail)
        case BacklogError():
            return _fill(BACKLOG[error.code], error.detail)
        case _:
            return (
                "Something unexpected happened. What was recorded and saved is safe on the disk. "
                "The log says more; please report it."
            )


def code_sentence(code: StrEnum, detail: str = "") -> str:
    """As `sentence`, for a code that came as an event and not as an exception."""
    match code:
        case CaptureCode():
            return _fill(_CAPTURE[code], detail)
        case TranscribeCode():
            return _fill(_TRANSCRIBE[code], detail)
        case StudyCode():
            return _fill(_STUDY[code], detail)
        case BacklogCode():
            return _fill(BACKLOG[code], detail)
        case _:
            raise ValueError(f"not a code of the core: {code!r}")


def _fill(text: str, detail: str) -> str:
    filled = text.replace("{models}", WHISPER_MODELS)
    if detail:
        return filled.replace("{detail}", detail)
    for lone in (" at {detail}", " in {detail}", " called {detail}", " ({detail})", ": {detail}", " {detail}"):
        filled = filled.replace(lone, "")
    return filled


_SEVERITY = {
    Severity.NOT_A_PROBLEM: "not a problem",
    Severity.COSMETIC: "cosmetic",
    Severity.MINOR: "minor",
    Severity.MAJOR: "major",
    Severity.CATASTROPHE: "catastrophe",
}

_KIND = {
    ObservationKind.MARK: "mark",
    ObservationKind.PROBLEM: "problem",
    ObservationKind.POSITIVE: "positive",
    ObservationKind.QUOTE: "quote",
    ObservationKind.IDEA: "idea",
    ObservationKind.QUESTION: "question",
    ObservationKind.HELP: "help",
}

_OUTCOME = {
    Outcome.SUCCESS: "success",
    Outcome.WITH_HELP: "with help",
    Outcome.FAILED: "failed",
    Outcome.GAVE_UP: "gave up",
    Outcome.SKIPPED: "skipped",
}

_SESSION_STATE = {
    SessionState.PLANNED: "planned",
    SessionState.RECORDING: "recording",
    SessionState.RECORDED: "recorded",
    SessionState.RECOVERED: "recovered",
    SessionState.REVIEWED: "reviewed",
    SessionState.FAILED: "failed",
}

_ORIGIN = {
    ObservationOrigin.LIVE: "live",
    ObservationOrigin.REVIEW: "review",
    ObservationOrigin.CANDIDATE: "candidate",
    ObservationOrigin.IMPORT: "import",
    ObservationOrigin.CLI: "command line",
}


def severity_words(severity: Severity) -> str:
    """Nielsen's word for a severity."""
    return _SEVERITY[severity]


def kind_words(kind: ObservationKind) -> str:
    """What an observation is called in the app."""
    return _KIND[kind]


def outcome_words(outcome: Outcome) -> str:
    """What the outcome of a task run is called in the app."""
    return _OUTCOME[outcome]


def session_state_words(state: SessionState) -> str:
    """What the state of a session is called in the app."""
    return _SESSION_STATE[state]


_FLAGS = {
    Flag.LOOP: "the model repeats itself",
    Flag.SPEED: "too many words for the time",
    Flag.NO_SPEECH: "nobody seems to speak here",
    Flag.LOW_PROBABILITY: "the model is unsure",
    Flag.CLIPPED: "the sound is distorted",
}


def doubt_reasons(flags: Sequence[Flag]) -> str:
    """Why a line of a transcript is in doubt."""
    return "In doubt: " + ", ".join(_FLAGS[flag] for flag in flags)


def flag_words(flags: Sequence[Flag]) -> str:
    """Why a line of a transcript is in doubt, and what to do."""
    return f"{doubt_reasons(flags)}. Listen before you quote it."


DOUBT_WORDS = "In doubt: nobody has listened to this yet. Listen before you quote it."
"""What a mark beside a doubtful segment means, in a file."""


_ITEM_KIND = {
    ItemKind.SPEECH: "said",
    ItemKind.TRANSLATION: "translation",
    ItemKind.OBSERVATION: "note",
    ItemKind.ISSUE: "issue",
}


def item_kind_words(kind: ItemKind) -> str:
    """What a hit of the search was found in, as the app says it."""
    return _ITEM_KIND[kind]


_ROLE = {Role.MODERATOR: "Moderator", Role.PARTICIPANT: "Participant", Role.OTHER: "Other"}


def role_words(role: str) -> str:
    """What somebody who speaks is called as long as nobody has given a name."""
    return _ROLE[Role(role)]


def study_problem_words(study: KnownStudy) -> str:
    """Why a study is not searched, and what to do."""
    if study.problem is StudyCode.STUDY_MISSING or study.problem is None:
        return (
            f"The study “{study.name}” is not at {study.folder} any more, so it is not searched. If it was moved, open it "
            "from its new place."
        )
    return sentence(StudyError(study.problem, str(study.folder)))


def origin_words(origin: ObservationOrigin) -> str:
    """Where an observation came from, as the app says it."""
    return _ORIGIN[origin]


def setback_words(reason: str) -> str:
    """Why it takes longer than it might."""
    return f"The graphics card can't be used for transcription ({reason}). The processor does it, which takes longer."
