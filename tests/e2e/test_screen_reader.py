"""What a screen reader finds of the review desk, asked over AT-SPI: everything that can have the focus has a name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.review_data import make_study
from tests.integration.app_review.conftest import TASKS, add_full_session

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"
WALKER = Path(__file__).with_name("accessible_names.py")
PATIENCE_S = 90
NAMED = ("Timeline", "Overview of the whole session", "Observations", "Picture of the session", "Play or pause")
"""What shows that the desk is there with its session."""


def _missing() -> str:
    if shutil.which("dbus-run-session") is None:
        return "no dbus-run-session"
    code = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
    try:
        done = subprocess.run([PYTHON, "-c", code], capture_output=True, check=False)
    except OSError:
        return f"no {PYTHON}"
    return "" if done.returncode == 0 else "the system's Python has no AT-SPI (gir1.2-atspi-2.0, python3-gi)"


@pytest.mark.skipif(bool(_missing()), reason=_missing())
@pytest.mark.timeout(240)
def test_everything_that_can_have_the_focus_has_a_name(tmp_path: Path) -> None:
    with make_study(tmp_path, tasks=TASKS) as store:
        add_full_session(store)
        study = store.folder
    # A bus of its own, which ends with the test: an accessibility bus that started by itself would outlive it.
    script = (
        f'"$0" -m app --temp-basedir "$1" open "$2" & app=$!; '
        f"xdotool search --sync --onlyvisible --name 'Invoices – Moderato' windowactivate --sync key ctrl+4; "
        f'{PYTHON} "$3"; status=$?; kill $app; wait $app 2>/dev/null; exit $status'
    )
    base = tmp_path / "base"
    environ = {name: value for name, value in os.environ.items() if name != "NO_AT_BRIDGE"}
    environ["QT_LINUX_ACCESSIBILITY_ALWAYS_ON"] = "1"
    asked = {"title": "Moderato", "wait_for": NAMED, "seconds": PATIENCE_S}
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script, sys.executable, str(base), str(study), str(WALKER)],
        cwd=ROOT,
        env=environ,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S + 60,
        check=False,
    )
    tree = json.loads(done.stdout.splitlines()[-1]) if done.stdout else []
    assert done.returncode == 0, f"{[item['name'] for item in tree]}\n{done.stderr[-2000:]}"
    focusable = [item for item in tree if item["focusable"]]
    assert len(focusable) > 25
    assert [item for item in focusable if not item["name"]] == []
