"""`moderato demo`: the whole job, done by a scripted participant."""

from __future__ import annotations

import argparse


def run(options: argparse.Namespace) -> int:
    """Runs the demonstration."""
    from app.demo.play import play

    return play(options.out)
