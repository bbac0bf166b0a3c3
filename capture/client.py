"""Starting a recorder and talking to it, from the app or the command line."""

from __future__ import annotations

import itertools
import logging
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection
from pathlib import Path

from capture.bundle import SessionBundle
from capture.clock import SessionClock
from capture.config import RecorderConfig
from capture.errors import CaptureCode, CaptureError
from capture.events import Mark, MarkKind, MarkOrigin
from capture.fileio import ensure_private_folder, storage_error
from capture.jsonvalue import JsonObject, JsonValue, dumps, get_optional
from capture.protocol import (
    MAX_EVENT_BYTES,
    BundleSummary,
    Command,
    CommandName,
    Failed,
    Finalized,
    Gone,
    RecorderEvent,
    RecorderStatus,
    Reply,
    decode,
    encode,
    status_from_json,
)
from capture.runtime import FAMILY, RuntimeInfo, all_runtimes, read_runtime, remove_runtime, runtime_file

_log = logging.getLogger("capture.client")

START_TIMEOUT_S = 60.0
COMMAND_TIMEOUT_S = 30.0
CUT_OFF_PATIENCE_S = 2.0
POLL_S = 0.25
_NOW = -1
_LARGE_BLOCK = 1 << 18

_left_running: list[subprocess.Popen[bytes]] = []
"""Recorders this process started and that may still run: their parent has to ask for their exit code one day."""

OnEvent = Callable[[RecorderEvent], None]


def recorder_command() -> list[str]:
    """The command line of a recorder process; in a frozen build it is the same program."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "--recorder"]
    return [sys.executable, "-P", "-m", "capture.process"]


def recorder_environment() -> dict[str, str]:
    """The environment of a recorder process: it finds this package wherever it is started."""
    environment = dict(os.environ)
    root = str(Path(__file__).resolve().parent.parent)
    paths = [root, *filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    # glibc gives each busy thread an arena of its own, and each keeps holes of megabytes where pictures were: blocks as
    # large as a picture come from the system and go back to it, which by itself glibc ends with the first one freed
    # (mallopt(3), M_MMAP_THRESHOLD).
    environment.setdefault("MALLOC_ARENA_MAX", "2")
    environment.setdefault("MALLOC_MMAP_THRESHOLD_", str(_LARGE_BLOCK))
    # In pages of 2 MB where they can be had: to map a fetched picture in small ones takes ten times as long as a copy.
    environment.setdefault("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")
    return environment


class RecorderClient:
    """One connection to a live recorder. Any thread; `on_event` is called on the client's reader thread.

    Every command raises `CaptureError`: RECORDER_GONE when the recorder is no longer there, RECORDER_REFUSED when it is
    in another state than the command needs, else what happened. No command may be called from `on_event`.
    """

    def __init__(self, connection: Connection, on_event: OnEvent, process: subprocess.Popen[bytes] | None) -> None:
        self._connection = connection
        self._on_event = on_event
        self._process = process
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, _Pending] = {}
        self._is_closing = threading.Event()
        self._is_gone = False
        self._is_cut_off = False
        self._has_ended = False
        self._clock: SessionClock | None = None
        self._reader = threading.Thread(target=self._read, name="recorder-client", daemon=True)
        self._reader.start()

    # -------------------------------------------------------------- making one

    @classmethod
    def spawn(cls, bundle: SessionBundle, config: RecorderConfig, on_event: OnEvent) -> RecorderClient:
        """Starts a recorder for an empty bundle; returns when every source has delivered something.

        Raises:
            CaptureError: why it can't be recorded; the empty bundle's folder is gone then.
        """
        authkey = secrets.token_bytes(32)
        process = _start_process(bundle, config, authkey)
        _reap()
        _left_running.append(process)
        client: RecorderClient | None = None
        try:
            client = cls(_connect_when_ready(bundle, process, authkey), on_event, process)
            client._greet(START_TIMEOUT_S)
        except CaptureError as error:
            if client is not None:
                client.close()
            _end_process(process)
            if not bundle.has_data() and not bundle.is_recording():
                bundle.remove()
            if error.code is CaptureCode.RECORDER_GONE:
                raise CaptureError(CaptureCode.RECORDER_START_FAILED, error.detail) from error
            raise
        return client

    @classmethod
    def attach(cls, bundle: SessionBundle, on_event: OnEvent) -> RecorderClient:
        """Connects to the recorder that records into a bundle.

        Raises:
            CaptureError: RECORDER_GONE if there is none.
        """
        for path, info in all_runtimes(bundle.path):
            try:
                process = next((process for process in _left_running if process.pid == info.pid), None)
                client = cls(_connect(info), on_event, process)
            except (OSError, EOFError, AuthenticationError):
                if not bundle.is_recording():
                    remove_runtime(path, info.address)
                continue
            try:
                client._greet(COMMAND_TIMEOUT_S)
            except CaptureError as error:
                _log.info("not attached: %s", error)
                client.close()
                continue
            return client
        raise CaptureError(CaptureCode.RECORDER_GONE, str(bundle.path))

    def _greet(self, timeout_s: float) -> None:
        self._learn(self._ask(CommandName.HELLO, timeout_s=timeout_s))

    def _learn(self, greeting: JsonObject) -> None:
        perf = get_optional(greeting, "epoch_perf_ns", int)
        utc = get_optional(greeting, "epoch_utc_ns", int)
        if perf is not None and utc is not None:
            self._clock = SessionClock(perf, utc)

    # ---------------------------------------------------------------- commands

    def start(self) -> None:
        """Begins to record: session time zero is now."""
        self._learn(self._ask(CommandName.START))

    def pause(self) -> None:
        """Begins a private pause; when this returns nothing is kept any more."""
        self._ask(CommandName.PAUSE)

    def resume(self) -> None:
        """Ends the pause."""
        self._ask(CommandName.RESUME)

    def now_ns(self) -> int:
        """Session time now, by the recorder's clock; 0 until the recording was started."""
        return self._clock.now_ns() if self._clock else 0

    def add_mark(
        self,
        kind: MarkKind,
        *,
        t_ns: int | None = None,
        t_pressed_ns: int | None = None,
        ref: str | None = None,
        body: str | None = None,
        payload: Mapping[str, JsonValue] | None = None,
        origin: MarkOrigin = MarkOrigin.UI,
        author: str | None = None,
    ) -> Mark:
        """Writes a mark; when this returns it is on the disk.

        Args:
            t_ns: the moment that is meant, by default the one of the key press.
            t_pressed_ns: the moment of the key press, by default now.
        """
        pressed = self.now_ns() if t_pressed_ns is None else t_pressed_ns
        mark = Mark(
            id="",
            t_ns=_NOW if t_ns is None else max(0, t_ns),
            t_pressed_ns=max(0, pressed),
            kind=kind,
            ref=ref,
            body=body,
            payload=payload or {},
            origin=origin,
            author=author,
        )
        return Mark.from_json(self._ask(CommandName.ADD_MARK, mark.to_json()))

    def stop(self, timeout_s: float = COMMAND_TIMEOUT_S) -> BundleSummary:
        """Ends the recording; returns when the bundle is whole and the recorder's process has ended.

        Before `start`: gives up, and the bundle's folder is removed.
        """
        summary = BundleSummary.from_json(self._ask(CommandName.STOP, timeout_s=timeout_s))
        self._has_ended = True
        self._reader.join(timeout_s)
        self.close()
        return summary

    def add_sync_check(self, found: JsonObject) -> None:
        """Keeps what a sync check found with the bundle; `found` as `synccheck.measure.SyncCheck.to_json` has it."""
        self._ask(CommandName.ADD_SYNC_CHECK, found)

    def status(self) -> RecorderStatus:
        """How it goes, now."""
        return status_from_json(self._ask(CommandName.STATUS))

    def close(self) -> None:
        """Lets go of the recorder, which goes on recording. May be called twice."""
        self._is_closing.set()
        if threading.current_thread() is not self._reader:
            self._reader.join(COMMAND_TIMEOUT_S)
        if self._process is not None and (self._has_ended or self._is_cut_off):
            # It has ended or is about to: no zombie stays behind. One that only cut us off is left alone.
            _wait_for(self._process, COMMAND_TIMEOUT_S if self._has_ended else CUT_OFF_PATIENCE_S)

    # ----------------------------------------------------------------- reading

    def _ask(
        self, name: CommandName, arguments: JsonObject | None = None, *, timeout_s: float = COMMAND_TIMEOUT_S
    ) -> JsonObject:
        pending = _Pending()
        data_number = next(self._numbers)
        with self._lock:
            if self._is_gone or self._is_closing.is_set():
                raise CaptureError(CaptureCode.RECORDER_GONE)
            self._waiting[data_number] = pending
            try:
                self._connection.send_bytes(encode(Command(data_number, name, arguments or {})))
            except OSError as error:
                del self._waiting[data_number]
                raise CaptureError(CaptureCode.RECORDER_GONE) from error
        if not pending.done.wait(timeout_s):
            with self._lock:
                self._waiting.pop(data_number, None)
            raise CaptureError(CaptureCode.RECORDER_GONE, f"no answer within {timeout_s:.0f} s")
        reply = pending.reply
        if reply is None:
            raise CaptureError(CaptureCode.RECORDER_GONE)
        if reply.code is not None:
            raise CaptureError(reply.code, reply.detail)
        return reply.result

    def _read(self) -> None:
        try:
            while not self._is_closing.is_set():
                if self._connection.poll(POLL_S):
                    self._take(self._connection.recv_bytes(MAX_EVENT_BYTES))
        except (EOFError, OSError):
            self._is_cut_off = True  # the recorder has ended, or died
        finally:
            with self._lock:
                self._is_gone = True
                waiting, self._waiting = list(self._waiting.values()), {}
            self._connection.close()
            for pending in waiting:
                pending.done.set()
            if not self._is_closing.is_set() and not self._has_ended:
                self._tell(Gone())

    def _take(self, data: bytes) -> None:
        try:
            message = decode(data)
        except CaptureError as error:
            _log.warning("a message was not understood: %s", error)
            return
        if isinstance(message, Reply):
            with self._lock:
                pending = self._waiting.pop(message.number, None)
            if pending is not None:
                pending.reply = message
                pending.done.set()
        elif not isinstance(message, Command):
            if isinstance(message, Finalized | Failed):
                self._has_ended = True
            self._tell(message)

    def _tell(self, event: RecorderEvent) -> None:
        try:
            self._on_event(event)
        except Exception:  # noqa: BLE001 (a defect of the listener must not cost the connection)
            _log.exception("a listener failed")


class _Pending:
    def __init__(self) -> None:
        self.done = threading.Event()
        self.reply: Reply | None = None


def running_bundles() -> list[Path]:
    """Bundles that live recorders of this user are recording into; what dead ones left behind is cleared away."""
    _reap()
    found = []
    for path, info in all_runtimes():
        if SessionBundle(info.bundle).is_recording():
            found.append(info.bundle)
        else:
            remove_runtime(path, info.address)
    return list(dict.fromkeys(found))


def _start_process(bundle: SessionBundle, config: RecorderConfig, authkey: bytes) -> subprocess.Popen[bytes]:
    order: JsonObject = {"v": 1, "bundle": str(bundle.path), "authkey": authkey.hex(), "config": config.to_json()}
    if not bundle.path.is_dir():
        raise CaptureError(CaptureCode.BUNDLE_MISSING, str(bundle.path))
    try:
        ensure_private_folder(bundle.logs_dir)
    except OSError as error:
        raise storage_error(error, bundle.path) from error
    try:
        process = subprocess.Popen(
            recorder_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=recorder_environment(),
            # A group of its own: Ctrl-C in a terminal and the end of a desktop session are the starter's business.
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    except OSError as error:
        raise CaptureError(CaptureCode.RECORDER_START_FAILED, error.strerror or "") from error
    assert process.stdin is not None
    try:
        process.stdin.write(dumps(order).encode() + b"\n")
        process.stdin.close()
    except OSError as error:
        _end_process(process)
        raise CaptureError(CaptureCode.RECORDER_START_FAILED, error.strerror or "") from error
    return process


def _connect_when_ready(bundle: SessionBundle, process: subprocess.Popen[bytes], authkey: bytes) -> Connection:
    """Waits for the recorder's runtime file, which it writes once it listens."""
    deadline = time.monotonic() + START_TIMEOUT_S
    path = runtime_file(bundle.path, authkey)
    while time.monotonic() < deadline:
        info = read_runtime(path)
        if info is not None:
            try:
                return _connect(info)
            except (OSError, EOFError, AuthenticationError) as error:
                raise CaptureError(CaptureCode.RECORDER_START_FAILED, type(error).__name__) from error
        if process.poll() is not None:
            raise CaptureError(CaptureCode.RECORDER_START_FAILED, f"exit code {process.returncode}")
        time.sleep(0.01)
    raise CaptureError(CaptureCode.RECORDER_START_FAILED, "no sign of life")


def _connect(info: RuntimeInfo) -> Connection:
    return Client(info.address, FAMILY, authkey=info.authkey)


def _reap() -> None:
    """Takes the exit codes of recorders that this process started, let go of, and that have ended since."""
    _left_running[:] = [process for process in _left_running if process.poll() is None]


def _wait_for(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return
    if process in _left_running:
        _left_running.remove(process)


def _end_process(process: subprocess.Popen[bytes]) -> None:
    """Waits for a recorder that is ending; one that doesn't is ended."""
    for end in (None, process.terminate, process.kill):
        if end is not None:
            end()
        try:
            process.wait(COMMAND_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            continue
        break
    if process in _left_running:
        _left_running.remove(process)
