"""One running recording: starts it, speaks to the recorder, keeps what was said live, takes the session in at the end.

Everything that talks to the recorder runs on one thread of its own, in the order of the presses: the main thread never
waits for an acknowledgement, and marks never overtake each other.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from annotate.models import ObservationKind, Outcome
from app.bridges.recorder import RecorderBridge
from app.controllers.live import SHIFT_NS, LiveSession, PlannedTask
from app.controllers.recorder_jobs import begin_attached, take_in
from app.jobs import Jobs, Progress
from app.recording import Begun, begin_new
from app.study_context import StudyContext
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.config import RecorderConfig
from capture.errors import CaptureCode, CaptureError
from capture.events import Mark, MarkKind, MarkOrigin
from capture.jsonvalue import JsonValue
from capture.protocol import Degraded, Failed, Finalized, Gone, Marked, RecorderEvent, Recovered, Status
from transcribe.cancel import CancelToken

T = TypeVar("T")
_log = logging.getLogger("ui.recording")
if TYPE_CHECKING:
    from capture.synccheck.measure import SyncCheck

_STOP_TIMEOUT_S = 60.0
PENDING_LIMIT = 64
"""Presses that may wait for their acknowledgement; more are refused, in words, rather than piled up."""


class RecordingState(StrEnum):
    IDLE = "idle"
    STARTING = "starting"
    RECORDING = "recording"
    PAUSED = "paused"
    STOPPING = "stopping"


class RecordingController(QObject):
    """The recording that this window shows; at most one. Main thread only.

    Signals:
        state_changed(RecordingState).
        status(Status): about ten times a second while it runs.
        live_changed: a mark was acknowledged, or the state was read back.
        mark_saved(Mark): acknowledged: it is on the disk.
        degraded(stream, CaptureCode, detail), recovered(stream).
        sync_checked(SyncCheck), sync_failed(Exception).
        refused(Exception): a press was not taken; nothing else changed.
        start_failed(Exception).
        finished(session id): the recording ended well and is in the study.
        cut_off(Path of the bundle, Exception): it ended by itself; what was recorded can be mended.
    """

    state_changed = Signal(object)
    status = Signal(object)
    live_changed = Signal()
    mark_saved = Signal(object)
    degraded = Signal(str, object, str)
    sync_checked = Signal(object)
    sync_failed = Signal(object)
    recovered = Signal(str)
    refused = Signal(object)
    start_failed = Signal(object)
    finished = Signal(str)
    cut_off = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.state = RecordingState.IDLE
        self.live = LiveSession()
        self.session_id: str | None = None
        self.participant = ""
        self.pending = 0
        self._line = Jobs(self, threads=1)
        self._context: StudyContext | None = None
        self._client: RecorderClient | None = None
        self._bundle: SessionBundle | None = None
        self._bridge: RecorderBridge | None = None
        self._early: list[RecorderEvent] = []
        self._is_checking = False

    # -- starting and ending ------------------------------------------------------------------------------------

    @property
    def active(self) -> bool:
        """Whether there is a recording in any state but IDLE."""
        return self.state is not RecordingState.IDLE

    @property
    def context(self) -> StudyContext | None:
        """The study that is being recorded for."""
        return self._context

    def start(self, context: StudyContext, participant: str, config: RecorderConfig, *, consent_version: int) -> None:
        """Starts a session for `participant`; `state_changed` or `start_failed` says how it went."""
        if self.active:
            return
        bridge = self._prepare(context, participant)
        author = context.author

        def begin(cancel: CancelToken, _progress: Progress) -> Begun:
            with context.open_store() as store:
                begun = begin_new(store, participant, config, bridge.deliver, author, consent_version)
            if cancel.cancelled:  # the app is closing; the recording goes on without it
                begun.client.close()
            return begun

        self._line.run("", begin, self._begun, self._not_begun, quiet=True)

    def attach(self, context: StudyContext, path: Path) -> None:
        """Takes over a recording that goes on without this window: after a crash, or a restart."""
        if self.active:
            return
        bridge = self._prepare(context, "")

        def begin(_cancel: CancelToken, _progress: Progress) -> Begun:
            with context.open_store() as store:
                return begin_attached(store, path, bridge.deliver)

        self._line.run("", begin, self._begun, self._not_begun, quiet=True)

    @property
    def bundle(self) -> SessionBundle | None:
        """What is recorded into, while that goes on."""
        return self._bundle

    def stop(self) -> None:
        """Ends the recording; nothing is lost by it. `finished` follows once the session is in the study."""
        client, bundle, context = self._client, self._bundle, self._context
        if client is None or bundle is None or context is None or self.state is RecordingState.STOPPING:
            return
        self._set_state(RecordingState.STOPPING)

        def end(_cancel: CancelToken, _progress: Progress) -> str:
            client.stop(timeout_s=_STOP_TIMEOUT_S)
            client.close()
            return take_in(context.open_store, bundle)

        self._line.run("", end, self._ended, self._broke_off, quiet=True)

    def detach(self) -> None:
        """Lets the recorder go on by itself; for when the app closes. Joins the line to it."""
        self._line.shutdown(_STOP_TIMEOUT_S)
        if self._bridge is not None:
            self._bridge.close()
        if self._client is not None:
            self._client.close()
            self._client = None

    def check_sync(self) -> None:
        """Flashes, beeps and clicks for some seconds; `sync_checked` or `sync_failed` says what came of it."""
        client, bundle, context = self._client, self._bundle, self._context
        if client is None or bundle is None or context is None or self._is_checking:
            return
        self._is_checking = True

        def work(_cancel: CancelToken, _progress: Progress) -> SyncCheck:
            from capture.synccheck.check import check_sync  # loads PyAV, which nothing else here needs

            return check_sync(client, bundle, bundle.manifest().config.fps)

        def done(found: SyncCheck) -> None:
            self._is_checking = False
            self.sync_checked.emit(found)

        def fail(error: Exception) -> None:
            self._is_checking = False
            self.sync_failed.emit(error)

        context.jobs.run(self.tr("Checking sound against picture"), work, done, fail, cancellable=False, quiet=True)

    # -- while it runs ------------------------------------------------------------------------------------------

    def now_ns(self) -> int:
        """Session time, by the recorder's clock; 0 without a recording."""
        return self._client.now_ns() if self._client is not None else 0

    def mark(self, kind: ObservationKind) -> None:
        """Marks this moment."""
        self._add(MarkKind.MARK, self.now_ns(), payload={"kind": kind.value})

    def mark_code(self, tag: str) -> None:
        """Marks this moment with a code of the study."""
        self._add(MarkKind.MARK, self.now_ns(), payload={"kind": ObservationKind.MARK.value, "tag": tag})

    def mark_earlier(self) -> None:
        """ "That was it 10 s ago": moves the mark just made back, or marks the moment 10 s ago."""
        now = self.now_ns()
        last = self.live.shiftable(now)
        if last is None:
            self._add(MarkKind.MARK, now, t_ns=max(0, now - SHIFT_NS), payload={"kind": ObservationKind.MARK.value})
            return
        self._add(MarkKind.UNDO, now, ref=last.id)
        self._add(
            MarkKind.MARK, last.t_pressed_ns, t_ns=max(0, last.t_ns - SHIFT_NS), body=last.body, payload=last.payload
        )

    def note(self, text: str, *, began_ns: int) -> None:
        """A note, on the mark made last if there is one since `began_ns` minus a while; else for itself.

        Args:
            text: what was typed.
            began_ns: when typing began: that is the moment it is about.
        """
        target = self.note_target(began_ns)
        self._add(MarkKind.NOTE, self.now_ns(), t_ns=began_ns, ref=target.id if target else None, body=text.strip())

    def note_target(self, now_ns: int) -> Mark | None:
        """The mark a note typed now belongs to: the last one, for a minute."""
        last = self.live.last_mark()
        return last if last is not None and now_ns - last.t_pressed_ns < 60_000_000_000 else None

    def start_task(self, task: PlannedTask) -> None:
        """Begins a run of `task`, unless one is open."""
        if self.live.running is None:
            self._add(MarkKind.TASK_START, self.now_ns(), ref=task.id, body=task.title)

    def end_task(self, outcome: Outcome) -> None:
        """Ends the open task run with `outcome`."""
        running = self.live.running
        if running is not None:
            now = self.now_ns()
            self._add(MarkKind.TASK_END, now, ref=running.mark_id)
            self._add(MarkKind.OUTCOME, now, ref=running.mark_id, payload={"outcome": outcome.value})

    def undo(self) -> None:
        """Takes the last press back."""
        now = self.now_ns()
        for mark in self.live.undo_group():
            self._add(MarkKind.UNDO, now, ref=mark.id)

    def set_private(self, private: bool) -> None:
        """Pauses (nothing of picture, sound and input is kept) or resumes."""
        client = self._client
        wanted = RecordingState.PAUSED if private else RecordingState.RECORDING
        if client is None or self.state not in {RecordingState.RECORDING, RecordingState.PAUSED}:
            return
        call = client.pause if private else client.resume

        def done(_result: object) -> None:
            self._set_state(wanted)

        self._command(call, done)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _prepare(self, context: StudyContext, participant: str) -> RecorderBridge:
        self._context = context
        self.participant = participant
        self._early = []
        bridge = RecorderBridge(self)
        bridge.status.connect(self._on_status)
        bridge.happened.connect(self._on_event)
        self._bridge = bridge
        self._set_state(RecordingState.STARTING)
        return bridge

    def _begun(self, begun: Begun) -> None:
        context = self._context
        assert context is not None
        self._client, self._bundle, self.session_id = begun.client, begun.bundle, begun.session_id
        self.participant = self.participant or str(begun.bundle.manifest().context.get("participant", ""))
        tasks = [PlannedTask(task.id, task.title, task.expected_ns) for task in context.store.tasks()]
        self.live = LiveSession(tasks, begun.marks)
        self._set_state(RecordingState.PAUSED if begun.paused else RecordingState.RECORDING)
        self.live_changed.emit()
        context.announce()
        early, self._early = self._early, []
        for event in early:
            self._on_event(event)

    def _not_begun(self, error: Exception) -> None:
        self._reset()
        self.start_failed.emit(error)

    def _ended(self, session_id: str) -> None:
        context = self._context
        self._reset()
        if context is not None:
            context.announce()
        self.finished.emit(session_id)

    def _broke_off(self, error: Exception) -> None:
        bundle = self._bundle
        if self._client is not None:
            with contextlib.suppress(CaptureError):
                self._client.close()
        self._reset()
        if bundle is not None:
            self.cut_off.emit(bundle.path, error)

    def _reset(self) -> None:
        if self._bridge is not None:
            self._bridge.close()
            self._bridge.deleteLater()
        self._bridge = self._client = self._bundle = None
        self.pending = 0
        self._set_state(RecordingState.IDLE)

    def _set_state(self, state: RecordingState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)

    def _add(
        self,
        kind: MarkKind,
        t_pressed_ns: int,
        *,
        t_ns: int | None = None,
        ref: str | None = None,
        body: str | None = None,
        payload: Mapping[str, JsonValue] | None = None,
    ) -> None:
        """Sends a mark, stamped when the key was pressed, and shows it once it is acknowledged."""
        client, context = self._client, self._context
        if client is None or context is None or self.state is RecordingState.STOPPING:
            return
        at = t_pressed_ns if t_ns is None else t_ns

        def send() -> Mark:
            return client.add_mark(
                kind, t_ns=at, t_pressed_ns=t_pressed_ns, ref=ref, body=body, payload=payload,
                origin=MarkOrigin.UI, author=context.author,
            )  # fmt: skip

        self._command(send, self._saved)

    def _saved(self, mark: Mark) -> None:
        self.live.take(mark)
        self.live_changed.emit()
        self.mark_saved.emit(mark)

    def _command(self, call: Callable[[], T], on_done: Callable[[T], object]) -> None:
        if self.pending >= PENDING_LIMIT:
            self.refused.emit(CaptureError(CaptureCode.RECORDER_REFUSED))
            return
        self.pending += 1

        def done(result: T) -> None:
            self.pending = max(0, self.pending - 1)
            on_done(result)

        def fail(error: Exception) -> None:
            self.pending = max(0, self.pending - 1)
            self.refused.emit(error)

        self._line.run("", lambda _cancel, _progress: call(), done, fail, quiet=True)

    def _on_status(self, status: Status) -> None:
        if self._client is not None:
            self.status.emit(status)

    def _on_event(self, event: RecorderEvent) -> None:
        if self._client is None:
            if self.active:
                self._early.append(event)  # it came before the start was reported
            return
        match event:
            case Degraded():
                self.degraded.emit(event.stream, event.code, event.detail)
            case Marked() if event.mark.origin is not MarkOrigin.UI:
                self._saved(event.mark)  # from outside; what was pressed here is acknowledged by its own reply
            case Recovered():
                self.recovered.emit(event.stream)
            case Finalized() if self.state is not RecordingState.STOPPING:
                self._take_in_after(None)
            case Failed() if self.state is not RecordingState.STOPPING:
                self._take_in_after(CaptureError(event.code, event.detail))
            case Gone() if self.state is not RecordingState.STOPPING:
                self._broke_off(CaptureError(CaptureCode.RECORDER_GONE))
            case _:
                pass

    def _take_in_after(self, problem: CaptureError | None) -> None:
        """The recorder ended by itself, cleanly (a full disk, another window's stop): the session is taken in."""
        client, bundle, context = self._client, self._bundle, self._context
        if client is None or bundle is None or context is None:
            return
        self._set_state(RecordingState.STOPPING)

        def end(_cancel: CancelToken, _progress: Progress) -> str:
            client.close()
            if problem is not None:
                raise problem
            return take_in(context.open_store, bundle)

        self._line.run("", end, self._ended, self._broke_off, quiet=True)
