"""`moderato export`: a study's findings to a file."""

from __future__ import annotations

import argparse

from annotate.export.csv import export_csv
from app.cli.places import open_study


def run(options: argparse.Namespace) -> int:
    """Writes the file and says what is in it."""
    with open_study(options.study) as store:
        report = export_csv(store, options.out)
    print(f"{report.rows} rows written to {options.out}")
    return 0
