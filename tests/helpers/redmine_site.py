"""A real Redmine (Debian's package, SQLite) for a test: started, filled with a project, stopped again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path("/usr/share/redmine")
_SET_UP = """
Setting.rest_api_enabled = '1'
Setting.default_language = 'en'
admin = User.find_by_login('admin')
admin.must_change_passwd = false
admin.save!(validate: false)
User.current = admin
Redmine::DefaultData::Loader.load('en') if Redmine::DefaultData::Loader.no_data?
project = Project.find_by_identifier(ENV['PROJECT']) ||
  Project.create!(name: ENV['PROJECT'], identifier: ENV['PROJECT'], trackers: Tracker.all.to_a)
puts "KEY=#{admin.api_key}"
"""


def missing() -> str:
    """Why there can be no Redmine here; empty where there can."""
    if not (ROOT / "config.ru").is_file():
        return "Redmine is not installed (Debian: redmine redmine-sqlite puma)"
    if shutil.which("puma") is None:
        return "puma is not installed"
    if os.geteuid() != 0:
        return "Redmine's database belongs to its own user; run as root"
    return ""


class Redmine:
    """`url`, `key` and `project` of a running Redmine. Use in a `with` statement."""

    def __init__(self, project: str) -> None:
        self.project = project
        self.key = ""
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {**os.environ, "RAILS_ENV": "production", "X_DEBIAN_SITEID": "default", "PROJECT": project}

    def __enter__(self) -> Redmine:
        with tempfile.NamedTemporaryFile("w", suffix=".rb") as script:
            script.write(_SET_UP)
            script.flush()
            done = subprocess.run(
                ["bundle", "exec", "rails", "runner", script.name],
                cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=240, check=True,
            )  # fmt: skip
        self.key = next(line for line in done.stdout.splitlines() if line.startswith("KEY=")).removeprefix("KEY=")
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.start()
        return self

    def start(self) -> None:
        """Starts the server and waits until it answers."""
        port = self.url.rpartition(":")[2]
        self._process = subprocess.Popen(
            ["puma", "-b", f"tcp://127.0.0.1:{port}", "-e", "production", "-t", "2:2", "-w", "0", "config.ru"],
            cwd=ROOT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 180
        while True:
            try:
                self.get("/users/current.json")
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.3)
            else:
                return

    def kill(self) -> None:
        """Kills the server where it stands."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(30)

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def get(self, path: str) -> Any:
        """What the interface answers, asked without our own client."""
        request = urllib.request.Request(self.url + path, headers={"X-Redmine-API-Key": self.key})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def issues(self) -> list[dict[str, Any]]:
        """All issues of the project, with their files."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(f"/issues.json?project_id={self.project}&status_id=*&limit=100&offset={len(found)}")
            found += page["issues"]
            if len(found) >= page["total_count"]:
                break
        return [self.get(f"/issues/{one['id']}.json?include=attachments")["issue"] for one in found]
