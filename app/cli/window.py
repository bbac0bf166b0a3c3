"""`moderato` and `moderato open`: the app itself. The only command that imports Qt."""

from __future__ import annotations

import argparse
import os
import sys

from annotate.errors import StudyCode, StudyError
from app.cli.places import study_folder
from app.log_file import hush_qt
from capture.errors import CaptureCode, CaptureError


def run(options: argparse.Namespace) -> int:
    """Opens the app and returns when its window is closed."""
    study = None
    if options.study is not None and (study := study_folder(options.study)) is None:
        raise StudyError(StudyCode.STUDY_MISSING, str(options.study))
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        raise CaptureError(CaptureCode.NO_DISPLAY)  # Qt would abort
    hush_qt()
    from app.application import run_app

    return run_app(study=study)
