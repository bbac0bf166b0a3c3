"""Every command in the README and the docs is run: a command that is shown must work as shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)

RUN_ELSEWHERE = {
    "demo": "tests/e2e/test_demo.py",
    "run": "tests/e2e/test_app.py",
    "test": ".ci/run",
    "check": ".ci/run",
    "lock": "by hand, where pins are renewed",
    "setup": ".ci/run, before each of the others",
}
"""Commands of installer/dev.py, and what runs each."""


def commands(page: Path) -> list[str]:
    lines = [line for block in BLOCK.findall(page.read_text()) for line in block.splitlines()]
    return [line.partition("  #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_are_known(page: Path) -> None:
    for command in commands(page):
        if command.startswith("python3 installer/dev.py "):
            assert command.split()[2] in RUN_ELSEWHERE, command
        else:
            assert command.startswith(("moderato ", ".venv/bin/moderato ", "python -m benchmarks.")), command


@pytest.mark.timeout(400)
def test_readme_walks_the_whole_path(tmp_path: Path) -> None:
    script = "\n".join(
        command.removeprefix(".venv/bin/")
        for command in commands(ROOT / "README.md")
        if command.startswith((".venv/bin/moderato ", "moderato "))
    )
    assert "record" in script
    assert "export" in script
    bin_folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=360,  # half a minute on a machine that does nothing else
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    assert (tmp_path / "findings.csv").stat().st_size > 0
