"""Every test runs on a private desktop (display, window manager, sound), and leaves nothing behind.

A test fails on a Qt warning (pytest-qt), a Python warning (pytest), a log record of WARNING or above that it did
not announce with `@pytest.mark.expect_log`, a thread or a child process that outlives it.
"""

from __future__ import annotations

import atexit
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from app.demo.desktop import PrivateDesktop  # noqa: E402
from app.log_file import hush_qt  # noqa: E402

_desktop = PrivateDesktop()

# The machine may be busy with other things: how long an example takes says nothing.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also run the tests marked `long`")


def pytest_configure(config: pytest.Config) -> None:
    leads_workers = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if config.option.collectonly or leads_workers:
        return  # each worker has a desktop of its own
    _desktop.start()
    atexit.register(_desktop.stop)
    _desktop.adopt()
    hush_qt()


def pytest_unconfigure() -> None:
    _desktop.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all"):
        return
    skip = pytest.mark.skip(reason="long: runs under `python3 installer/dev.py test --all`")
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def desktop() -> PrivateDesktop:
    """The private desktop that the whole run lives on."""
    return _desktop


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def fail_on_logging(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that makes log records of WARNING or above without saying so."""
    collector = _Collector()
    root = logging.getLogger()
    root.addHandler(collector)
    yield
    root.removeHandler(collector)
    if collector.records and request.node.get_closest_marker("expect_log") is None:
        lines = "\n".join(f"{r.name} {r.levelname}: {r.getMessage()}" for r in collector.records)
        pytest.fail(f"unexpected log records:\n{lines}", pytrace=False)


@pytest.fixture(autouse=True)
def no_dangling_threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a Python thread running."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 10
    while True:
        left = [t for t in threading.enumerate() if t not in before and t.is_alive() and not _is_foreign(t)]
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.02)
    if left:
        pytest.fail(f"threads left running: {[t.name for t in left]}", pytrace=False)


def _is_foreign(thread: threading.Thread) -> bool:
    """Threads that Qt or tqdm own look like Python's once they have run Python code; nobody can join them."""
    return isinstance(thread, threading._DummyThread) or type(thread).__name__ == "TMonitor"


@pytest.fixture(autouse=True)
def no_orphan_processes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a process running which it, or a process of its own, started."""
    marker = f"MODERATO_TEST_RUN={os.getpid()}"
    os.environ["MODERATO_TEST_RUN"] = str(os.getpid())
    before = _marked_processes(marker)
    yield
    deadline = time.monotonic() + 15
    while True:
        left = _marked_processes(marker).keys() - before.keys()
        if not left or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    if left:
        commands = [_marked_processes(marker).get(pid, "?") for pid in left]
        for pid in left:
            subprocess.run(["kill", "-9", str(pid)], check=False, capture_output=True)
        pytest.fail(f"processes left running: {commands}", pytrace=False)


def _marked_processes(marker: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if marker.encode() in (folder / "environ").read_bytes().split(b"\0"):
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                if state != "Z" and command:
                    found[int(folder.name)] = command[:200]
        except OSError:
            continue
    return found
