"""`moderato demo`: starts the private desktop, lets `app.demo.session` work on it, and shows what came out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from annotate.errors import StudyCode, StudyError
from app.cli.places import study_folder
from app.demo.desktop import DesktopError, PrivateDesktop, missing_programs
from app.demo.script import STUDY
from app.log_file import hush_qt

PROGRAMS = {"espeak-ng": "espeak-ng", "paplay": "pulseaudio-utils"}


def play(out: Path | None) -> int:
    """Runs the demo into `out`; returns the exit code."""
    lacking = sorted({*missing_programs(), *(p for name, p in PROGRAMS.items() if shutil.which(name) is None)})
    if lacking:
        print(
            f"moderato: The demo needs these system packages: {', '.join(lacking)}. Install them, or use "
            "`python3 installer/dev.py demo`, which does.",
            file=sys.stderr,
        )
        return 1
    folder = _folder(out)
    started = time.monotonic()
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # the display's servers are ended on the way out
    try:
        code = _play(folder)
    except DesktopError as problem:
        print(f"moderato: The demo's own display or sound could not be used: {problem}.", file=sys.stderr)
        return 1
    finally:
        signal.signal(signal.SIGTERM, before)
    if code != 0:
        print(f"moderato: The demo did not come to its end. What it made is in {folder}.", file=sys.stderr)
        return 1
    print(f"\nDone in {time.monotonic() - started:.0f} s.")
    print(f"  Study        {folder / (STUDY + '.moderato')}")
    print(f"  Findings     {folder / 'findings.csv'}")
    print(f"  Screenshots  {folder / 'screenshots'}")
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        hush_qt()
        from app.application import run_app

        return run_app(study=folder / f"{STUDY}.moderato", page="review")
    return 0


def _folder(out: Path | None) -> Path:
    if out is None:
        return Path(tempfile.mkdtemp(prefix="moderato-demo-"))
    folder = out.absolute()
    if study_folder(folder) is not None:
        raise StudyError(StudyCode.STUDY_EXISTS, str(folder))
    if (folder / f"{STUDY}.moderato").exists():
        raise StudyError(StudyCode.STUDY_EXISTS, str(folder / f"{STUDY}.moderato"))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise StudyError(StudyCode.EXPORT_UNWRITABLE, str(folder)) from problem
    return folder


def _play(folder: Path) -> int:
    print("1 of 6  Start a display and a sound server of the demo's own", flush=True)
    with PrivateDesktop(width=1440, height=900) as desktop:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.demo.session", str(folder)],
            env=desktop.full_environ() | {"QT_QPA_PLATFORM": "xcb"},
        )
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait(30)
            raise
