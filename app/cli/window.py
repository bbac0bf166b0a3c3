"""`moderato` and `moderato open`: the app itself. The only command that imports Qt."""

from __future__ import annotations

import argparse

from app.log_file import hush_qt


def run(options: argparse.Namespace) -> int:
    """Opens the app and returns when its window is closed."""
    hush_qt()
    from app.application import run_app

    return run_app(study=options.study)
