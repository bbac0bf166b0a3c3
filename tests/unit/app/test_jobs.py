from __future__ import annotations

import threading
import time

import pytest
from pytestqt.qtbot import QtBot

from app.jobs import JobHandle, Jobs


def test_result_error_and_progress_come_on_the_main_thread(qtbot: QtBot) -> None:
    jobs, main = Jobs(), threading.get_ident()
    seen: list[tuple[str, object, bool]] = []

    def note(what: str, value: object) -> None:
        seen.append((what, value, threading.get_ident() == main))

    def work(_cancel: object, progress: object) -> int:
        assert threading.get_ident() != main
        progress(0.5, "half")  # type: ignore[operator]
        return 7

    jobs.run("a", work, lambda r: note("done", r), on_progress=lambda f, t: note("progress", (f, t)))
    jobs.run("b", lambda c, p: 1 // 0, None, lambda e: note("error", type(e)))
    qtbot.waitUntil(lambda: len(seen) == 3)
    assert {("progress", (0.5, "half"), True), ("done", 7, True), ("error", ZeroDivisionError, True)} == set(seen)
    assert jobs.running() == []
    assert jobs.shutdown()


def test_an_error_nobody_takes_is_told_to_the_app(qtbot: QtBot) -> None:
    jobs = Jobs()
    with qtbot.waitSignal(jobs.failed) as blocker:
        jobs.run("title", lambda c, p: 1 // 0)
    assert isinstance(blocker.args[0], JobHandle)
    assert blocker.args[0].title == "title"
    assert isinstance(blocker.args[1], ZeroDivisionError)
    jobs.shutdown()


def test_a_cancelled_job_says_nothing_but_that_it_is_over(qtbot: QtBot) -> None:
    jobs, said = Jobs(), []
    started = threading.Event()

    def work(cancel: object, _progress: object) -> None:
        started.set()
        while not cancel.cancelled:  # type: ignore[attr-defined]
            time.sleep(0.005)
        raise RuntimeError("whatever comes of being cancelled")

    jobs.failed.connect(lambda *args: said.append(args))
    handle = jobs.run("a", work, said.append, said.append)
    qtbot.waitUntil(started.is_set)
    with qtbot.waitSignal(handle.finished):
        handle.cancel()
    assert said == []
    jobs.shutdown()


def test_a_job_cancelled_before_its_turn_never_runs(qtbot: QtBot) -> None:
    jobs, ran, gate = Jobs(threads=1), [], threading.Event()
    jobs.run("first", lambda c, p: gate.wait(30))
    second = jobs.run("second", lambda c, p: ran.append(1))
    second.cancel()
    with qtbot.waitSignal(second.finished):
        gate.set()
    assert ran == []
    jobs.shutdown()


def test_one_thread_keeps_the_order(qtbot: QtBot) -> None:
    jobs, order = Jobs(threads=1), []
    for number in range(50):
        jobs.run("", lambda c, p, number=number: number, order.append)
    qtbot.waitUntil(lambda: len(order) == 50)
    assert order == list(range(50))
    jobs.shutdown()


def test_shutdown_joins_and_delivers_nothing(qtbot: QtBot) -> None:
    jobs, said, ended = Jobs(), [], []

    def work(cancel: object, _progress: object) -> int:
        cancel.wait(30)  # type: ignore[attr-defined]
        ended.append(1)
        return 1

    jobs.run("a", work, said.append)
    qtbot.wait(20)
    assert jobs.shutdown()
    assert ended == [1]
    qtbot.wait(20)
    assert said == []
    late = jobs.run("late", lambda c, p: said.append(2))
    assert late.cancelled
    jobs.shutdown()


@pytest.mark.expect_log
def test_shutdown_tells_of_a_job_that_does_not_end(qtbot: QtBot) -> None:
    jobs, gate = Jobs(), threading.Event()
    jobs.run("deaf", lambda c, p: gate.wait(30))
    qtbot.wait(20)
    assert not jobs.shutdown(0.05)
    gate.set()
    assert jobs.shutdown()


def test_progress_is_not_piled_up(qtbot: QtBot) -> None:
    jobs, told, done = Jobs(), [], []

    def work(_cancel: object, progress: object) -> None:
        for step in range(100_000):
            progress(step / 100_000, "")  # type: ignore[operator]

    jobs.run("fast", work, done.append, on_progress=lambda f, t: told.append(f))
    qtbot.waitUntil(lambda: bool(done))
    assert len(told) < 2_000
    jobs.shutdown()
