"""The recorder's process: `python -m capture.process`, told what to do by one line of JSON on standard input.

It belongs to nobody: when the program that started it dies it keeps recording, and finishes by itself when nobody has
attached for a while. It ends by itself after every failure.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from capture.bundle import SessionBundle
from capture.config import RecorderConfig
from capture.errors import CaptureCode, CaptureError
from capture.events import Mark
from capture.fileio import ensure_private_folder, open_private
from capture.jsonvalue import JsonObject, as_object, get, loads_object
from capture.protocol import Command, CommandName, Failed, RecorderState, status_to_json
from capture.runtime import RuntimeInfo, new_address, runtime_dir, write_runtime
from capture.server import ControlServer
from capture.sync import NS

_log = logging.getLogger("capture.process")

NOT_STARTED_GRACE_S = 10.0
FAREWELL_S = 2.0
WATCH_S = 0.5
CONFIG_LIMIT = 1 << 20
LOG_NAME = "recorder.log"


class RecorderProcess:
    """One recorder, its control server, and the rules for ending."""

    def __init__(self, bundle: SessionBundle, config: RecorderConfig, authkey: bytes) -> None:
        # Here, not above: the libraries are loaded when the process can already say what is wrong.
        from capture.recorder import Recorder

        self._bundle = bundle
        self._config = config
        self._stop = threading.Event()
        self._address = new_address(runtime_dir())
        self._server = ControlServer(self._address, authkey, self._handle)
        self._recorder = Recorder(
            bundle, config, self._server.broadcast, wants_preview=lambda: self._server.has_clients
        )
        self._authkey = authkey
        self._refusal: CaptureError | None = None
        self._is_prepared = threading.Event()
        self._is_refusal_told = threading.Event()

    def run(self) -> int:
        """Runs until the recording has ended; returns the exit code."""
        for number in _end_signals():
            signal.signal(number, self._on_signal)
        self._server.start()
        path = write_runtime(RuntimeInfo(self._address, self._authkey, os.getpid(), self._bundle.path))
        try:
            self._prepare()
            if self._refusal is not None:
                self._is_refusal_told.wait(NOT_STARTED_GRACE_S)
            while not self._recorder.ended.wait(WATCH_S):
                if self._stop.is_set() or self._is_orphan():
                    self._finish()
        finally:
            # Nobody new may come, but those who wait for an answer get it.
            path.unlink(missing_ok=True)
            self._server.stop(patience_s=FAREWELL_S)
        return 0 if self._recorder.state is RecorderState.FINALIZED else 1

    def _prepare(self) -> None:
        try:
            self._recorder.prepare()
        except CaptureError as error:
            self._refusal = error
            _log.info("refused: %s", error)
            self._server.broadcast(Failed(error.code, error.detail))
        except Exception as error:  # noqa: BLE001 (logged, and told to whoever waits)
            _log.exception("preparing failed")
            self._refusal = CaptureError(CaptureCode.INTERNAL, type(error).__name__)
            self._server.broadcast(Failed(CaptureCode.INTERNAL, type(error).__name__))
        finally:
            self._is_prepared.set()

    def _is_orphan(self) -> bool:
        is_running = self._recorder.clock is not None
        grace_s = self._config.orphan_grace_s if is_running else NOT_STARTED_GRACE_S
        alone = self._server.alone_ns
        if alone > grace_s * NS:
            _log.info("nobody has been attached for %.0f s", alone / NS)
            return True
        return False

    def _finish(self) -> None:
        try:
            self._recorder.stop()
        except CaptureError as error:
            _log.info("ended by a failure: %s", error)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()

    def _handle(self, command: Command) -> JsonObject:  # noqa: PLR0911
        """Does a command. On a client's thread."""
        recorder = self._recorder
        match command.name:
            case CommandName.HELLO:
                return self._hello()
            case CommandName.START:
                recorder.start()
                return self._hello()
            case CommandName.PAUSE:
                return {"t_ns": recorder.pause()}
            case CommandName.RESUME:
                return {"t_ns": recorder.resume()}
            case CommandName.ADD_MARK:
                try:
                    mark = Mark.from_json(command.arguments)
                except ValueError as error:
                    raise CaptureError(CaptureCode.RECORDER_REFUSED, str(error)) from error
                return recorder.add_mark(mark).to_json()
            case CommandName.ADD_SYNC_CHECK:
                recorder.add_sync_check(command.arguments)
                return {}
            case CommandName.STOP:
                return recorder.stop().to_json()
            case CommandName.STATUS:
                return status_to_json(recorder.status())

    def _hello(self) -> JsonObject:
        """Waits until it is known whether it can be recorded, and says since when it is."""
        self._is_prepared.wait()
        if self._refusal is not None:
            self._is_refusal_told.set()
            raise self._refusal
        clock = self._recorder.clock
        return {
            "state": self._recorder.state.value,
            "epoch_perf_ns": clock.epoch_perf_ns if clock else None,
            "epoch_utc_ns": clock.epoch_utc_ns if clock else None,
        }


def _end_signals() -> list[signal.Signals]:
    names = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _set_up_logging(folder: Path) -> None:
    """Logs go into the bundle; they name streams and errors, never what was shown, said or typed."""
    ensure_private_folder(folder)
    descriptor = open_private(folder / LOG_NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    stream = os.fdopen(descriptor, "a", encoding="utf-8", buffering=1)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for noisy in ("pynput", "Xlib", "libav"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    faulthandler.enable(stream)
    threading.excepthook = _log_thread_error


def _log_thread_error(arguments: threading.ExceptHookArgs) -> None:
    # pynput's listeners die with a traceback when the display goes; the keeper reports that as a lost stream.
    name = arguments.thread.name if arguments.thread else "?"
    _log.info("thread %s ended by %s", name, arguments.exc_type.__name__)


def main(argv: list[str] | None = None) -> int:
    """Entry of the process. Standard input holds one line: {"v", "bundle", "authkey", "config"}."""
    del argv
    line = sys.stdin.buffer.readline(CONFIG_LIMIT)
    try:
        order = loads_object(line)
        if get(order, "v", int) != 1:
            return 2
        bundle = SessionBundle(Path(get(order, "bundle", str)))
        config = RecorderConfig.from_json(as_object(order["config"]))
        authkey = bytes.fromhex(get(order, "authkey", str))
    except (ValueError, KeyError):
        return 2
    try:
        _set_up_logging(bundle.logs_dir)
        return RecorderProcess(bundle, config, authkey).run()
    except Exception:
        _log.exception("the recorder failed")
        raise


if __name__ == "__main__":
    sys.exit(main())
