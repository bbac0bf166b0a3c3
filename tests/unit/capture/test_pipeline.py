"""Queues are bounded and say what they lost; stages keep their error."""

from __future__ import annotations

import threading
import time

import pytest

from capture.pipeline import BoundedQueue, Policy, QueueClosedError, Stage


def test_drop_oldest_keeps_the_newest_and_counts() -> None:
    queue: BoundedQueue[int] = BoundedQueue(3, Policy.DROP_OLDEST)
    assert [queue.put(number) for number in range(5)] == [True, True, True, False, False]
    assert queue.dropped == 2
    assert queue.drain() == [2, 3, 4]


def test_refuse_keeps_the_oldest_and_counts() -> None:
    queue: BoundedQueue[int] = BoundedQueue(2, Policy.REFUSE)
    assert [queue.put(number) for number in range(4)] == [True, True, False, False]
    assert queue.dropped == 2
    assert queue.drain() == [0, 1]


def test_block_waits_for_room() -> None:
    queue: BoundedQueue[int] = BoundedQueue(1, Policy.BLOCK)
    queue.put(0)
    done = threading.Event()

    def put() -> None:
        queue.put(1)
        done.set()

    thread = threading.Thread(target=put)
    thread.start()
    assert not done.wait(0.1)
    assert queue.get() == 0
    assert done.wait(5)
    thread.join()
    assert queue.get() == 1
    assert queue.dropped == 0


def test_closing_frees_a_waiting_writer_and_lets_the_rest_be_read() -> None:
    queue: BoundedQueue[int] = BoundedQueue(1, Policy.BLOCK)
    queue.put(0)
    freed = threading.Event()

    def put() -> None:
        with pytest.raises(QueueClosedError):
            queue.put(1)
        freed.set()

    thread = threading.Thread(target=put)
    thread.start()
    time.sleep(0.05)
    queue.close()
    assert freed.wait(5)
    thread.join()
    assert not queue.is_finished
    assert queue.get(0) == 0
    assert queue.get(0) is None
    assert queue.is_finished


def test_get_gives_up_after_its_time() -> None:
    queue: BoundedQueue[int] = BoundedQueue(1, Policy.BLOCK)
    assert queue.get(0.01) is None


def test_capacity_must_be_positive() -> None:
    with pytest.raises(ValueError, match="capacity"):
        BoundedQueue(0, Policy.BLOCK)


@pytest.mark.expect_log
def test_stage_keeps_and_reports_its_error() -> None:
    reported: list[Exception] = []

    def body() -> None:
        raise OSError("gone")

    stage = Stage("test", body, reported.append)
    stage.start()
    assert stage.join(5)
    assert isinstance(stage.error, OSError)
    assert reported == [stage.error]


@pytest.mark.expect_log
def test_stage_that_does_not_end_is_told() -> None:
    release = threading.Event()
    stage = Stage("stuck", lambda: release.wait() and None, lambda _error: None)
    stage.start()
    assert not stage.join(0.05)
    release.set()
    assert stage.join(5)


def test_stage_never_started_has_ended() -> None:
    assert Stage("idle", lambda: None, lambda _error: None).join(0)
