"""The recorder: one session into one bundle, and the states it goes through."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from capture.bundle import SessionBundle
from capture.clock import SessionClock
from capture.config import RecorderConfig
from capture.consent import permitted, refused
from capture.errors import CaptureCode, CaptureError
from capture.events import IntervalKind, Mark
from capture.fileio import ensure_private_folder, storage_error
from capture.finish import file_infos, new_manifest
from capture.health import Health
from capture.jsonvalue import JsonObject
from capture.manifest import BundleState, Manifest
from capture.mux import Muxer
from capture.names import RESERVE
from capture.protocol import BundleSummary, Failed, Finalized, Marked, Preview, RecorderEvent, RecorderState, Status
from capture.reserve import Reserve
from capture.session import Session
from capture.streams import Sources, Streams, system_sources
from capture.supervisor import Supervisor, free_bytes
from capture.writer import CaptureWriter

_log = logging.getLogger("capture.recorder")

_RUNNING = (RecorderState.RECORDING, RecorderState.PAUSED)
_OVER = (RecorderState.FINALIZED, RecorderState.FAILED)


class Recorder:
    """Records one session into one bundle.

    `prepare`, then `start`, then `pause`, `resume` and `add_mark` as often as wanted, then `stop`. Commands may come
    from any thread and are done one after the other; only marks don't wait for the others. `emit` gets the events, on
    several threads, and must not block.

    Attributes:
        ended: set when nothing more will happen: finalised, failed, or given up before the start.
    """

    def __init__(
        self,
        bundle: SessionBundle,
        config: RecorderConfig,
        emit: Callable[[RecorderEvent], None],
        *,
        sources: Sources | None = None,
        wants_preview: Callable[[], bool] = lambda: True,
    ) -> None:
        """`sources` default to those of this system; previews are only made while `wants_preview()`."""
        self.bundle = bundle
        self.config = config
        self.ended = threading.Event()
        self._emit = emit
        self._sources = sources
        self._wants_preview = wants_preview
        self._state = RecorderState.IDLE
        self._commands = threading.RLock()
        self._session = Session()
        self._health = Health(self._session, emit)
        self._held = ExitStack()
        self._reserve = Reserve(bundle.path / RESERVE, self._disk_is_full)
        self._streams: Streams | None = None
        self._supervisor: Supervisor | None = None
        self._mux: Muxer | None = None
        self._writer: CaptureWriter | None = None
        self._manifest: Manifest | None = None
        self._pause_id: int | None = None
        self._summary: BundleSummary | None = None
        self._failure: CaptureError | None = None
        self._breaker: threading.Thread | None = None
        self._breaker_lock = threading.Lock()
        self._is_fresh = False

    @property
    def state(self) -> RecorderState:
        return self._state

    @property
    def clock(self) -> SessionClock | None:
        """Session time, once it runs."""
        return self._session.clock

    # ---------------------------------------------------------------- before

    def prepare(self) -> None:
        """Opens every source and waits until each has delivered something; the state is READY then.

        Raises:
            CaptureError: why it can't be recorded. Nothing is left open, and the empty bundle's folder is removed.
        """
        with self._commands:
            self._expect(RecorderState.IDLE)
            self._state = RecorderState.PREPARING
            try:
                self._prepare()
            except OSError as error:
                self._give_up()
                raise storage_error(error, self.bundle.path) from error
            except BaseException:
                self._give_up()
                raise
            self._state = RecorderState.READY

    def _prepare(self) -> None:
        self._held.enter_context(self.bundle.lock())
        if self.bundle.has_data():
            raise CaptureError(CaptureCode.BUNDLE_EXISTS, str(self.bundle.path))
        self._is_fresh = True
        if out := refused(self.config):
            _log.info("not covered by the consent, and not opened: %s", ", ".join(out))
        self.config = permitted(self.config)
        if free_bytes(self.bundle.path) < self.config.min_free_bytes:
            raise CaptureError(CaptureCode.DISK_FULL, str(self.bundle.path))
        bundle = self.bundle
        for folder in (bundle.logs_dir, bundle.transcripts_dir, bundle.derived_dir, bundle.evidence_dir):
            ensure_private_folder(folder)
        self._streams = Streams(
            self._session,
            self._health,
            self.config,
            self._sources or system_sources(self.config),
            file=bundle.screen_path.name,
            camera_file=bundle.camera_path.name,
            put_preview=lambda jpeg: self._emit(Preview(jpeg)),
            wants_preview=self._wants_preview,
            on_broken=self._break,
        )
        self._streams.open()
        self._supervisor = Supervisor(
            self._session,
            self._streams,
            self._health,
            bundle.path,
            min_free_bytes=self.config.min_free_bytes,
            warn_free_bytes=self.config.warn_free_bytes,
            tell=lambda: self._emit(self.status()),
            on_full=self._disk_is_full,
            on_error=self._break,
        )
        self._supervisor.start()

    def _give_up(self) -> None:
        """Ends what was begun before anything was recorded, and leaves no folder behind."""
        self._state = RecorderState.FAILED
        if self._supervisor is not None:
            self._supervisor.stop()
        if self._streams is not None:
            self._streams.stop()
        if self._streams is not None and self._streams.camera is not None:
            self._streams.camera.abandon()
        if self._mux is not None:
            self._mux.abandon()
        if self._writer is not None:
            self._writer.close()
        if self._is_fresh:
            self.bundle.remove()
        self._held.close()
        self.ended.set()

    # ---------------------------------------------------------------- while

    def start(self) -> SessionClock:
        """Begins to record: session time zero is now.

        Raises:
            CaptureError: the files can't be made (the bundle is removed then), or RECORDER_REFUSED in another state.
        """
        with self._commands:
            self._expect(RecorderState.READY)
            try:
                return self._start()
            except CaptureError:
                self._give_up()
                raise
            except OSError as error:
                self._give_up()
                raise storage_error(error, self.bundle.path) from error

    def _start(self) -> SessionClock:
        assert self._streams is not None
        assert self._supervisor is not None
        self._reserve.make()
        self._writer = CaptureWriter(self.bundle.capture_path, self._reserve.use)
        width, height = self._streams.size
        self._mux = Muxer(
            self.bundle.screen_path,
            width=width,
            height=height,
            fps=self.config.fps,
            sounds=list(self._streams.sounds),
            on_error=self._break,
            make_room=self._reserve.use,
        )
        if self._streams.camera is not None:
            self._streams.camera.make_file(self.bundle.camera_path, self._reserve.use)
        for info in self._streams.infos:
            self._writer.add_stream(info)
        clock = self._session.begin()
        self._manifest = new_manifest(clock, self.config, self._streams.infos)
        self.bundle.write_manifest(self._manifest)
        self._writer.add_anchors([], [(0, clock.epoch_utc_ns)])
        if (found := self._streams.take_layout()) is not None:
            self._writer.add_note("display_layout", 0, found[1].to_json())
        self._mux.start()
        self._health.begin(self._writer, {info.kind: info.id for info in self._streams.infos})
        self._streams.begin(self._mux, self._writer)
        self._supervisor.begin(self._writer, self.status)
        self._state = RecorderState.RECORDING
        _log.info("recording %dx%d, %d streams", width, height, len(self._streams.infos))
        return clock

    def pause(self) -> int:
        """Begins a private pause and returns its moment: from it on nothing of picture, sound and input is kept."""
        with self._commands:
            self._expect(RecorderState.RECORDING)
            assert self._writer is not None
            assert self._streams is not None
            t_ns = self._session.now_ns()
            self._session.pauses.begin(t_ns)
            self._state = RecorderState.PAUSED
            self._streams.wake()
            self._pause_id = self._writer.open_interval(IntervalKind.PAUSE, None, t_ns, None)
            return t_ns

    def resume(self) -> int:
        """Ends the pause and returns its moment."""
        with self._commands:
            self._expect(RecorderState.PAUSED)
            assert self._writer is not None
            assert self._streams is not None
            t_ns = self._session.now_ns()
            if self._pause_id is not None:
                self._writer.close_interval(self._pause_id, t_ns)
                self._pause_id = None
            self._session.pauses.end(t_ns)
            self._state = RecorderState.RECORDING
            self._streams.wake()
            return t_ns

    def add_mark(self, mark: Mark) -> Mark:
        """Adds a mark; it is on the disk when this returns. An empty id is given one, negative times become now.

        Also in a pause: what the moderator writes down is no recording of the participant.
        """
        if self._state not in _RUNNING or self._writer is None:
            raise CaptureError(CaptureCode.RECORDER_REFUSED, self._state.value)
        now = self._session.now_ns()
        pressed = mark.t_pressed_ns if mark.t_pressed_ns >= 0 else now
        t_ns = mark.t_ns if mark.t_ns >= 0 else pressed
        stored = replace(mark, id=mark.id or str(uuid.uuid4()), t_ns=min(t_ns, now), t_pressed_ns=min(pressed, now))
        self._writer.add_mark(stored)
        self._emit(Marked(stored))
        return stored

    def add_sync_check(self, found: JsonObject) -> None:
        """Keeps what a sync check found; it is on the disk when this returns."""
        if self._state not in _RUNNING or self._writer is None:
            raise CaptureError(CaptureCode.RECORDER_REFUSED, self._state.value)
        try:
            self._writer.add_sync_check(found)
        except ValueError as error:
            raise CaptureError(CaptureCode.RECORDER_REFUSED, str(error)) from error

    def status(self) -> Status:
        """How it goes."""
        streams, supervisor = self._streams, self._supervisor
        return Status(
            t_ns=self._session.now_ns() if self._summary is None else self._summary.duration_ns,
            state=self._state,
            fps=streams.fps if streams else 0.0,
            frames=streams.frames if streams else 0,
            dropped=streams.dropped if streams else 0,
            input_events=streams.journal.events if streams else 0,
            disk_free_bytes=supervisor.disk_free if supervisor else 0,
            bytes_written=self._bytes_written() if self._state in _RUNNING else 0,
            reasons=self._health.reasons,
            streams=streams.statuses() if streams else (),
            disk_minutes=supervisor.disk_minutes if supervisor else None,
            battery_minutes=supervisor.battery_minutes if supervisor else None,
        )

    def _bytes_written(self) -> int:
        assert self._mux is not None
        assert self._streams is not None
        return self._mux.bytes_written + self._streams.camera_bytes

    # ---------------------------------------------------------------- after

    def stop(self) -> BundleSummary:
        """Ends the recording and finishes the bundle. Before the start: gives up and removes the folder.

        May be called again, and from several threads: all get the same summary.

        Raises:
            CaptureError: it could not be finished; what was recorded can be recovered.
        """
        with self._commands:
            if self._state in (RecorderState.IDLE, RecorderState.PREPARING, RecorderState.READY):
                self._give_up()
                return BundleSummary(0, 0, 0, 0, 0)
            if self._state not in _OVER:
                self._finish()
            if self._failure is not None:
                raise self._failure
            if self._summary is None:
                raise CaptureError(CaptureCode.RECORDER_REFUSED, self._state.value)
            return self._summary

    def _finish(self) -> None:
        assert self._streams is not None
        assert self._supervisor is not None
        assert self._writer is not None
        self._state = RecorderState.FINALIZING
        self._session.stopped_ns = end_ns = self._session.now_ns()
        self._supervisor.stop()
        try:
            if not self._streams.stop():
                self._fail(CaptureError(CaptureCode.INTERNAL, "a stream did not end"))
            self._close_files(end_ns)
        except CaptureError as error:
            self._fail(error)
        except OSError as error:
            self._fail(storage_error(error, self.bundle.path))
        except Exception as error:  # noqa: BLE001 (logged, and told)
            # Whatever it is: nobody may wait for an end that doesn't come, nor the bundle stay locked.
            _log.exception("the recording could not be ended")
            self._fail(CaptureError(CaptureCode.INTERNAL, type(error).__name__))
        self._writer.close()
        self._held.close()
        self._state = RecorderState.FAILED if self._failure else RecorderState.FINALIZED
        if self._failure is not None:
            self._emit(Failed(self._failure.code, self._failure.detail))
        elif self._summary is not None:
            self._emit(Finalized(self._summary))
        self.ended.set()

    def _close_files(self, end_ns: int) -> None:
        assert self._mux is not None
        assert self._writer is not None
        assert self._manifest is not None
        assert self._streams is not None
        self._reserve.release()
        if self._streams.camera is not None:
            self._streams.camera.close_file()
        try:
            self._mux.close()
        except CaptureError as error:
            self._fail(error)
        frames, events, marks = self._writer.counts()
        self._writer.finish(end_ns)
        state = BundleState.FAILED if self._failure else BundleState.FINALIZED
        files = file_infos(self.bundle)
        self.bundle.write_manifest(replace(self._manifest, state=state, duration_ns=end_ns, files=files))
        self._summary = BundleSummary(end_ns, frames, self._streams.dropped, events, marks)

    def _fail(self, error: CaptureError) -> None:
        if self._failure is None:
            if not self.bundle.path.is_dir():  # then every other complaint follows from this
                error = CaptureError(CaptureCode.BUNDLE_MISSING, str(self.bundle.path))
            _log.error("failed: %s %s", error.code.value, error.detail)
            self._failure = error

    def _break(self, error: Exception) -> None:
        """The recording can't go on."""
        known = error if isinstance(error, CaptureError) else CaptureError(CaptureCode.INTERNAL, type(error).__name__)
        self._fail(known)
        self._stop_soon()

    def _disk_is_full(self) -> None:
        if self._state in _OVER:
            return
        _log.warning("the disk is full (limit %d bytes): ending the recording", self.config.min_free_bytes)
        self._health.lose("disk", CaptureCode.DISK_FULL, str(self.bundle.path))
        self._stop_soon()

    def _stop_soon(self) -> None:
        """Stops on a thread of its own: the caller's is one that stopping has to join."""
        with self._breaker_lock:
            if self._breaker is None:
                self._breaker = threading.Thread(target=self._stop_quietly, name="breaker", daemon=True)
                self._breaker.start()

    def _stop_quietly(self) -> None:
        try:
            self.stop()
        except CaptureError as error:
            _log.info("ended by a failure: %s", error.code.value)

    def _expect(self, *states: RecorderState) -> None:
        if self._state not in states:
            raise CaptureError(CaptureCode.RECORDER_REFUSED, self._state.value)
