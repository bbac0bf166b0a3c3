"""The recorder's end of the control connection: several clients at once, none of which can hold up the recording."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge

from capture.clock import perf_ns
from capture.errors import CaptureCode, CaptureError
from capture.jsonvalue import JsonObject
from capture.pipeline import BoundedQueue, Policy, QueueClosedError
from capture.protocol import MAX_COMMAND_BYTES, Command, Message, Preview, RecorderEvent, Reply, Status, decode, encode
from capture.runtime import FAMILY

_log = logging.getLogger("capture.server")

QUEUE_MESSAGES = 64
POLL_S = 0.25
BACKLOG = 8

Handler = Callable[[Command], JsonObject]


class ControlServer:
    """Accepts clients, answers their commands, and sends every event to each.

    A client that doesn't read loses statuses and previews first; when even replies no longer fit it is let go.
    """

    def __init__(self, address: str, authkey: bytes, handle: Handler) -> None:
        """Listens at once. `handle` is called on a client's own thread; what it returns is the reply.

        Raises:
            OSError: the address can't be listened on.
        """
        self._authkey = authkey
        self._handle = handle
        self._address = address
        self._listener = Listener(address, FAMILY, backlog=BACKLOG)
        self._lock = threading.Lock()
        self._clients: list[_Client] = []
        self._left_ns = perf_ns()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._accept, name="control", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def broadcast(self, event: RecorderEvent) -> None:
        """Sends an event to every client; never waits."""
        with self._lock:
            clients = list(self._clients)
        if not clients:
            return
        data = encode(event)
        can_be_lost = isinstance(event, Status | Preview)
        for client in clients:
            client.send(data, can_be_lost=can_be_lost)

    @property
    def has_clients(self) -> bool:
        with self._lock:
            return bool(self._clients)

    @property
    def alone_ns(self) -> int:
        """For how long nobody has been attached; 0 while somebody is."""
        with self._lock:
            return 0 if self._clients else perf_ns() - self._left_ns

    def stop(self, *, patience_s: float) -> None:
        """Sends what waits, for `patience_s` at most, and closes."""
        self._is_stopping = True
        self._wake_accept()
        self._thread.join(patience_s)
        with self._lock:
            clients = list(self._clients)
        for client in clients:
            client.finish(patience_s)
        with contextlib.suppress(FileNotFoundError):
            self._listener.close()

    def _wake_accept(self) -> None:
        try:
            Client(self._address, FAMILY).close()
        except OSError:
            return  # nobody waits

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except OSError:
                if self._is_stopping:
                    return
                continue
            if self._is_stopping:
                connection.close()
                return
            _Client(connection, self._authkey, self._handle, self._joined, self._left).start()

    def _joined(self, client: _Client) -> None:
        with self._lock:
            self._clients.append(client)
        _log.info("a client is attached")

    def _left(self, client: _Client) -> None:
        with self._lock:
            if client in self._clients:
                self._clients.remove(client)
                self._left_ns = perf_ns()
                _log.info("a client is gone")


class _Client:
    """One connection: a thread that reads commands, a thread that writes replies and events."""

    def __init__(
        self,
        connection: Connection,
        authkey: bytes,
        handle: Handler,
        joined: Callable[[_Client], None],
        left: Callable[[_Client], None],
    ) -> None:
        self._connection = connection
        self._authkey = authkey
        self._handle = handle
        self._joined = joined
        self._left = left
        self._queue: BoundedQueue[bytes] = BoundedQueue(QUEUE_MESSAGES, Policy.REFUSE)
        self._is_over = threading.Event()
        self._busy = threading.Lock()
        self._reader = threading.Thread(target=self._read, name="client-read", daemon=True)
        self._writer = threading.Thread(target=self._write, name="client-write", daemon=True)

    def start(self) -> None:
        self._reader.start()

    def send(self, data: bytes, *, can_be_lost: bool) -> None:
        if can_be_lost and len(self._queue) > QUEUE_MESSAGES // 2:
            return
        try:
            if not self._queue.put(data) and not can_be_lost:
                self._is_over.set()  # it has not read for so long that it missed something it must know
        except QueueClosedError:
            return

    def finish(self, patience_s: float) -> None:
        """Lets a command that is being done be answered, and everything be sent."""
        if self._busy.acquire(timeout=patience_s):
            self._busy.release()
        self._queue.close()
        self._writer.join(patience_s)
        self._is_over.set()
        self._reader.join(patience_s)

    def _read(self) -> None:
        try:
            # Not in the accepting thread: a client that stops half-way must not keep others out.
            deliver_challenge(self._connection, self._authkey)
            answer_challenge(self._connection, self._authkey)
        except (AuthenticationError, EOFError, OSError):
            _log.info("a connection was refused")
            self._connection.close()
            return
        self._joined(self)
        self._writer.start()
        try:
            while not self._is_over.is_set():
                if self._connection.poll(POLL_S):
                    with self._busy:
                        self._answer(self._connection.recv_bytes(MAX_COMMAND_BYTES))
        except (EOFError, OSError):
            pass  # the client has gone
        finally:
            self._left(self)
            self._is_over.set()
            self._queue.close()
            self._writer.join(POLL_S)
            self._connection.close()

    def _answer(self, data: bytes) -> None:
        number = 0
        try:
            message: Message = decode(data)
            if not isinstance(message, Command):
                raise CaptureError(CaptureCode.INTERNAL, "not a command")
            number = message.number
            reply = Reply(number, self._handle(message))
        except CaptureError as error:
            reply = Reply(number, {}, error.code, error.detail)
        except Exception as error:  # noqa: BLE001 (a defect in one command must not end the recording)
            _log.exception("a command failed")
            reply = Reply(number, {}, CaptureCode.INTERNAL, type(error).__name__)
        self.send(encode(reply), can_be_lost=False)

    def _write(self) -> None:
        try:
            while not self._queue.is_finished:
                data = self._queue.get(1.0)
                if data is not None:
                    self._connection.send_bytes(data)
        except OSError:
            self._is_over.set()
