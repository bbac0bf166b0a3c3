"""The study as values: what `StudyStore` returns. All times are `int` nanoseconds of session time.

Every row has `created_utc` and `updated_utc` (ISO 8601, UTC) in the store; the values leave them out unless they
are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

from capture.config import Scope
from transcribe.models import Flag, Lack, Role


class Severity(IntEnum):
    """Severity of a usability problem after Nielsen (1994), https://www.nngroup.com/articles/how-to-rate-the-severity-of-usability-problems/."""

    NOT_A_PROBLEM = 0
    COSMETIC = 1
    MINOR = 2
    MAJOR = 3
    CATASTROPHE = 4


class ObservationKind(StrEnum):
    """What an observation is about; `mark` is a moment not yet judged."""

    MARK = "mark"
    PROBLEM = "problem"
    POSITIVE = "positive"
    QUOTE = "quote"
    IDEA = "idea"
    QUESTION = "question"
    HELP = "help"


class ObservationOrigin(StrEnum):
    LIVE = "live"
    REVIEW = "review"
    CANDIDATE = "candidate"
    IMPORT = "import"
    CLI = "cli"


class Outcome(StrEnum):
    """How a task run ended."""

    SUCCESS = "success"
    WITH_HELP = "with_help"
    FAILED = "failed"
    GAVE_UP = "gave_up"
    SKIPPED = "skipped"


class SessionState(StrEnum):
    PLANNED = "planned"
    RECORDING = "recording"
    RECORDED = "recorded"
    RECOVERED = "recovered"
    REVIEWED = "reviewed"
    FAILED = "failed"


class IssueStatus(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    FIXED = "fixed"
    WONT_FIX = "wont_fix"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Study:
    id: str
    name: str
    product: str | None
    description: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Participant:
    id: str
    code: str
    status: str  # 'invited' | 'confirmed' | 'recorded' | 'withdrawn'
    notes: str | None


@dataclass(frozen=True, slots=True)
class Task:
    id: str
    position: int
    title: str
    scenario: str | None
    expected_ns: int | None
    criticality: int | None = None  # 1 to 5: what it costs the business when people fail at it


@dataclass(frozen=True, slots=True)
class Tag:
    """A code of the moderator or a tag of the researcher: one tree. `colour` is a `#rrggbb`, `key` a letter."""

    id: str
    name: str
    colour: str | None
    key: str | None
    position: int  # among those of the same parent
    parent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    participant_id: str
    participant_code: str
    state: SessionState
    bundle_path: str | None  # relative to the study folder, with '/'
    started_utc: str | None
    duration_ns: int | None
    observation_count: int
    transcript_state: str | None  # None | 'running' | 'partial' | 'done' | 'failed'
    consent_version: int | None
    consent_scopes: tuple[Scope, ...] | None  # what was agreed to; None: not asked one by one
    origin: str = "recorded"  # 'recorded' | 'imported'
    pilot: bool = False  # left out of figures
    trim_start_ns: int | None = None  # where figures and exports begin; None: at the start
    trim_end_ns: int | None = None
    trashed_utc: str | None = None  # when it was put into the trash
    withdrawn: bool = False  # the participant took back what they had agreed to: nothing of it is told

    def agreed(self, scope: Scope) -> bool:
        """Whether the participant's consent covers it: by itself, or with the form as a whole; never once withdrawn."""
        return not self.withdrawn and (self.consent_scopes is None or scope in self.consent_scopes)

    @property
    def used_ns(self) -> int | None:
        """How long it is for figures: without what is trimmed off. None while the length isn't known."""
        end = self.trim_end_ns if self.trim_end_ns is not None else self.duration_ns
        return None if end is None else max(0, end - (self.trim_start_ns or 0))

    def uses(self, t_start_ns: int, t_end_ns: int | None = None) -> bool:
        """Whether a moment or any part of a range lies within what figures and exports are made of."""
        last = t_start_ns if t_end_ns is None else t_end_ns
        return last >= (self.trim_start_ns or 0) and (self.trim_end_ns is None or t_start_ns <= self.trim_end_ns)


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost when sessions are removed for good."""

    sessions: int
    recorded_ns: int
    observations: int
    transcripts: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class TaskRun:
    id: str
    session_id: str
    task_id: str
    task_title: str
    attempt: int
    t_start_ns: int
    t_end_ns: int | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Observation:
    """One time-stamped event of a session: a point (`t_end_ns` is None) or a range."""

    id: str
    session_id: str
    task_run_id: str | None
    t_start_ns: int
    t_end_ns: int | None
    kind: ObservationKind
    severity: Severity | None
    body: str
    origin: ObservationOrigin
    mark_id: str | None
    author: str
    tag_ids: tuple[str, ...]
    issue_ids: tuple[str, ...]
    heuristic: str | None = None  # a code, such as "nielsen-4"
    segment_id: int | None = None  # the line of the transcript that a quote is from
    x: int | None = None  # where in the picture, in its pixels
    y: int | None = None
    t_original_ns: int | None = None  # when a live mark was pressed, if it was pulled back since


@dataclass(frozen=True, slots=True)
class Issue:
    """The deduplicated usability problem. `frequency` = distinct participants with a linked observation.

    `severity` is the agreed one; what each rater gave is read apart, by `StudyStore.ratings`. The fields from
    `task_id` on are None while nobody said anything: `persistence` 1 (met once) to 3 (every time), `reach` people
    who do the task in a month, `impact` 0.25 to 3 and `confidence` 0.5 to 1 as in RICE, `effort` in person-days.
    """

    id: str
    number: int
    title: str
    description: str | None
    recommendation: str | None
    severity: Severity | None
    status: IssueStatus
    observation_ids: tuple[str, ...]
    frequency: int
    task_id: str | None = None
    heuristic: str | None = None
    persistence: int | None = None
    reach: float | None = None
    impact: float | None = None
    confidence: float | None = None
    effort: float | None = None
    merged_into: str | None = None  # the issue that this one was merged into
    withdrawn: bool = False  # all that speaks for it came from people who have withdrawn


@dataclass(frozen=True, slots=True)
class IssueLink:
    """That an observation says something about an issue: that it is one, or (`speaks_for` is False) that it is none."""

    issue_id: str
    observation_id: str
    speaks_for: bool


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """A segment of a stored transcript; words are read apart, by `StudyStore.words`."""

    id: int
    transcript_id: str
    t_start_ns: int
    t_end_ns: int
    text: str
    avg_logprob: float | None
    no_speech_prob: float | None
    flags: tuple[Flag, ...] = ()
    track: str = "mixed"  # 'mic' | 'system' | 'mixed'
    speaker_id: str | None = None
    speaker_fixed: bool = False  # a person said who it is: no model changes it any more
    verified_by: str | None = None  # the name of who listened and found it right
    original: str | None = None  # the text before people changed it; None: nobody did
    echo_of: int | None = None  # the segment of another track that says the same; this one is not shown
    echo_likeness: float | None = None  # how much both texts have in common, 0..1

    @property
    def quotable(self) -> bool:
        """Whether it may be quoted: nothing is in doubt, or somebody has listened or corrected it (and so listened)."""
        return not self.flags or self.verified_by is not None


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who speaks in a session; `name` is what people called them, if they did."""

    id: str
    session_id: str
    role: Role
    name: str | None

    def label(self, participant_code: str) -> str:
        """What to call them: the name, else the participant's code, else the role."""
        if self.name is not None:
            return self.name
        return participant_code if self.role is Role.PARTICIPANT else self.role.value.capitalize()


@dataclass(frozen=True, slots=True)
class TranscriptVersion:
    """One of a session's transcripts; `touched` of its segments have been worked on by people."""

    id: str
    origin: str  # 'whisper' | 'import'
    model: str | None
    language: str | None
    state: str
    created_utc: str
    touched: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a study's sessions are to be transcribed.

    `language` None: found for each session. `translate`: an English translation too, where it is another language.
    """

    language: str | None
    vocabulary: tuple[str, ...]
    translate: bool


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the study's trade that the model is to expect. `language` None: in every language."""

    term: str
    language: str | None


class StoredWord(NamedTuple):
    """A word of a segment; a tuple, because a session has tens of thousands."""

    segment_id: int
    t_start_ns: int
    t_end_ns: int
    text: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class StoredTranscript:
    """The head of a stored transcript; its text is read apart, by `StudyStore.segments` and `words`.

    `lacks`: sound that its file promises and that wasn't there to be heard.
    """

    id: str
    track: str  # 'mic' | 'system' | 'mixed'
    model: str | None
    language: str | None
    state: str  # 'running' | 'partial' | 'done' | 'failed'
    done_until_ns: int
    lacks: tuple[Lack, ...] = ()


class JobState(StrEnum):
    """How a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_JOB_STATES = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.PAUSED})
"""States of a job that isn't over."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something long that is done in the background. `fraction`: how far it had come when that was last noted."""

    id: str
    kind: str  # 'transcribe'
    session_id: str
    params: Mapping[str, Any]
    state: JobState
    position: int
    fraction: float | None = None
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """One track of a media file of a session. `path` is relative to the bundle; `t0_ns` is where it begins."""

    id: str
    session_id: str
    kind: str  # 'screen' | 'camera' | 'mic' | 'system' | 'mixed'
    path: str
    track: int | None
    t0_ns: int
    sha256: str | None


class EvidenceKind(StrEnum):
    STILL = "still"
    CLIP = "clip"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A picture or a clip cut from a session. `path` is relative to the bundle, with '/'."""

    id: str
    session_id: str
    observation_id: str | None
    kind: EvidenceKind
    t_start_ns: int
    t_end_ns: int | None
    spec: Mapping[str, object]  # how it was made: "captions", "sound", "pointer" …
    path: str
    sha256: str | None
    created_utc: str


@dataclass(frozen=True, slots=True)
class ReelItem:
    """One part of a reel: a clip or a still, a title card, or a card before a clip."""

    evidence_id: str | None
    card: str | None = None


@dataclass(frozen=True, slots=True)
class Reel:
    """A highlight reel. `path` is relative to the study's folder; None until it was made."""

    id: str
    title: str
    path: str | None
    items: tuple[ReelItem, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of history: a row that was made (`before` None), removed (`after` None) or changed.

    `author` is None for what Moderato did by itself. Changes of one transaction have the same `step`. `row_id` joins
    the parts of a key by '/'; "*" stands for many rows that came at once.
    """

    id: int
    step: int
    at_utc: str
    author: str | None
    undo: bool
    session_id: str | None
    table: str
    row_id: str
    before: Mapping[str, object] | None
    after: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class ConsentForm:
    """One version of what a participant agrees to. A version is never changed, only followed by a next one."""

    version: int
    language: str
    body: str


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task of a study that is about to be made."""

    title: str
    scenario: str | None = None
    expected_ns: int | None = None


@dataclass(frozen=True, slots=True)
class NewTag:
    """A tag of a study that is about to be made."""

    name: str
    colour: str | None = None
    key: str | None = None
