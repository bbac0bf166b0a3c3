"""`moderato` and `moderato open`: the app itself. The only command that imports Qt."""

from __future__ import annotations

import argparse
import os

from annotate.errors import StudyCode, StudyError
from app.cli.places import study_folder
from app.log_file import hush_qt
from capture.errors import CaptureCode, CaptureError
from capture.permissions import display_answers


def run(options: argparse.Namespace) -> int:
    """Opens the app and returns when its window is closed."""
    study = None
    if options.study is not None and (study := study_folder(options.study)) is None:
        raise StudyError(StudyCode.STUDY_MISSING, str(options.study))
    if os.environ.get("QT_QPA_PLATFORM", "xcb") == "xcb" and not display_answers():
        raise CaptureError(CaptureCode.NO_DISPLAY)  # Qt would abort
    hush_qt()
    from app.application import run_app

    return run_app(study=study)
