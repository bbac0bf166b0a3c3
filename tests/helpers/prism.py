"""Prism, which checks requests on the wire against a description and refuses those that break it.

https://github.com/stoplightio/prism; `installer/dev.py test --all` puts it into `.venv`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.helpers.contract import ROOT

PROGRAM = ROOT / ".venv" / "tools" / "prism" / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"


def missing() -> str:
    """Why there can be no Prism here; empty where there can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not PROGRAM.is_file():
        return "Prism is not installed (python3 installer/dev.py test --all does it)"
    return ""


class Prism:
    """A running Prism at `url`; use it in a `with` statement.

    Args:
        description: the OpenAPI file.
        upstream: whom requests are passed on to that hold to it; "": Prism answers itself, with the examples.
    """

    def __init__(self, description: Path, log: Path, upstream: str = "") -> None:
        self._description = description
        self._log = log
        self._upstream = upstream
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def __enter__(self) -> Prism:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["node", str(PROGRAM), "proxy" if self._upstream else "mock", "-h", "127.0.0.1", "-p", str(port),
                 "--errors", str(self._description), *([self._upstream] if self._upstream else [])],
                stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + 120
        try:
            self._wait(port, deadline)
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait(self, port: int, deadline: float) -> None:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 5).close()
            except OSError:
                if not self.runs or time.monotonic() > deadline:
                    raise AssertionError(f"Prism did not start: {self._log.read_text()[-2000:]}") from None
                time.sleep(0.1)
            else:
                return

    @property
    def runs(self) -> bool:
        """False: a request has killed it."""
        return self._process is not None and self._process.poll() is None

    def __exit__(self, *_: object) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
