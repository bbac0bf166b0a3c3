"""What the recorder's threads are made of: queues that are bounded, stages that keep their error."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Generic, TypeVar

from capture.errors import CaptureError

T = TypeVar("T")
_log = logging.getLogger("capture.pipeline")


class Policy(StrEnum):
    """What a full queue does with one more item."""

    DROP_OLDEST = "drop_oldest"
    BLOCK = "block"
    REFUSE = "refuse"


class QueueClosedError(Exception):
    """Put into a queue whose reader has gone."""


class BoundedQueue(Generic[T]):
    """A queue of at most `capacity` items with a stated policy. Any thread.

    Attributes:
        dropped: items thrown away (DROP_OLDEST) or turned away (REFUSE) so far.
    """

    def __init__(self, capacity: int, policy: Policy) -> None:
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self.policy = policy
        self.dropped = 0
        self._items: deque[T] = deque()
        self._condition = threading.Condition()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> bool:
        """Adds an item. False if something was lost for it: the oldest item (DROP_OLDEST) or this one (REFUSE).

        Raises:
            QueueClosedError: the queue has been closed.
        """
        with self._condition:
            if self.policy is Policy.BLOCK:
                self._condition.wait_for(lambda: self._is_closed or len(self._items) < self.capacity)
            if self._is_closed:
                raise QueueClosedError
            is_whole = True
            if len(self._items) >= self.capacity:
                self.dropped += 1
                if self.policy is Policy.REFUSE:
                    return False
                self._items.popleft()
                is_whole = False
            self._items.append(item)
            self._condition.notify_all()
            return is_whole

    def get(self, timeout_s: float | None = None) -> T | None:
        """Takes the oldest item; `None` when nothing came in time, or when the queue is closed and empty."""
        with self._condition:
            self._condition.wait_for(lambda: self._items or self._is_closed, timeout_s)
            if not self._items:
                return None
            item = self._items.popleft()
            self._condition.notify_all()
            return item

    def drain(self) -> list[T]:
        """Takes everything at once."""
        with self._condition:
            items = list(self._items)
            self._items.clear()
            self._condition.notify_all()
            return items

    def close(self) -> None:
        """Ends the queue: what is in it can still be taken, nothing more can be put. May be called twice."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()

    @property
    def is_finished(self) -> bool:
        """Closed and empty."""
        with self._condition:
            return self._is_closed and not self._items


class Stage:
    """One thread with one body. The first error ends it, is kept, and is reported once.

    Attributes:
        error: what ended the body, `None` if nothing did.
    """

    def __init__(self, name: str, body: Callable[[], None], on_error: Callable[[Exception], None]) -> None:
        """`on_error` is called on the stage's thread."""
        self.name = name
        self.error: Exception | None = None
        self._body = body
        self._on_error = on_error
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Waits for the end; false if it didn't come in time. A stage that was never started has ended."""
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                _log.error("stage %s did not end within %.0f s", self.name, timeout_s)
                return False
        return True

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._body()
        except Exception as error:  # noqa: BLE001 (kept, logged and reported)
            self.error = error
            if isinstance(error, (CaptureError, OSError)):  # the disk or a device, no defect
                _log.error("stage %s ended: %s", self.name, error)
            else:
                _log.exception("stage %s ended by an error", self.name)
            self._on_error(error)
