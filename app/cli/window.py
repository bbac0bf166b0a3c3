"""`moderato` and `moderato open`: the app itself. The only command that imports Qt."""

from __future__ import annotations

import argparse


def run(options: argparse.Namespace) -> int:
    """Opens the app and returns when its window is closed."""
    from app.application import run_app

    return run_app(study=options.study)
