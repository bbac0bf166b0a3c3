"""A spreadsheet opens every CSV file that Moderato writes, and finds no formula in it, whatever people wrote."""

from __future__ import annotations

import csv
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from annotate.backlog.files import IMPORTERS
from annotate.backlog.plan import TargetConfig
from annotate.backlog.targets import checked, opened
from annotate.models import Severity
from annotate.report.files import CsvTable, ReportFormat, export_report
from annotate.store import NewTask, StudyStore
from tests.unit.annotate.backlog.conftest import finding
from tests.unit.annotate.backlog.test_markup import HOSTILE
from transcribe.cancel import CancelToken

OFFICE = shutil.which("soffice")
pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(400),
    pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (Debian: libreoffice-calc-nogui)"),
]
FORMULAS = [
    "=1+1",
    '=HYPERLINK("http://x.test","y")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    "\t=1+1",
    " =1+1",
    "\r\n=1+1",
    "\x00=1+1",
    "＝1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    '"=1+1"',
    'a",=1+1,"',
    "words,=1+1",
    "words\n=1+1",
]
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def _opened(files: list[Path], folder: Path) -> dict[str, tuple[int, int]]:
    """By file: how many formulas and how many rows a spreadsheet makes of it."""
    out = folder / "opened"
    subprocess.run(
        [str(OFFICE), "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}",
         "--convert-to", "fods", "--outdir", str(out), *map(str, files)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    told = {}
    for file in files:
        root = ET.parse(out / f"{file.stem}.fods").getroot()
        formulas = sum(f"{TABLE}formula" in cell.attrib for cell in root.iter(f"{TABLE}table-cell"))
        rows = [row for row in root.iter(f"{TABLE}table-row") if "".join(row.itertext()).strip()]
        told[file.name] = (formulas, len(rows))
    return told


def _study(folder: Path) -> StudyStore:
    """Every place for words holds what a spreadsheet would run."""
    texts = [*FORMULAS, *HOSTILE]
    tasks = [NewTask(text) for text in FORMULAS if "\n" not in text and "\x00" not in text]
    store = StudyStore.create(folder / "Shop.moderato", "=1+1", author="=2+2", tasks=tasks)
    session = store.register_recording("=3+3", store.sessions_dir / "one")
    store.update_session(session.id, duration_ns=600_000_000_000, state="recorded")
    for number, text in enumerate(texts, 1):
        seen, _ = store.add_observation(session.id, t_start_ns=number * 10_000_000_000, body=text)
        issue, _ = store.add_issue(text, severity=number % 5, description=text, observation_ids=[seen.id])
        store.update_issue(issue.id, recommendation=text, heuristic=text)
    return store


def test_no_file_of_ours_holds_a_formula(tmp_path: Path) -> None:
    files, rows = [], {}
    with _study(tmp_path) as store:
        for table in CsvTable:
            path = tmp_path / f"findings-{table}.csv"
            rows[path.name] = export_report(store, path, ReportFormat.CSV, table=table).count
            files.append(path)
        found = [
            finding(
                one.id, one.number, one.title, study="=1+1", task=one.title, tags=(one.title, "=1"),
                description=one.description or "", recommendation=one.recommendation or "",
                severity=Severity(one.number % 5),
            )
            for one in store.issues()
        ]  # fmt: skip
        for kind in sorted(IMPORTERS):
            config = store.put_target(checked(TargetConfig("", kind, kind, "", "", "", {})))
            links = store.links(config.id)
            path = tmp_path / f"{kind}.csv"
            with opened(config, "", CancelToken(), out=path) as target:
                rows[path.name] = len(list(target.apply(target.plan(found, links), links)))
            files.append(path)
    assert len(found) == len(FORMULAS) + len(HOSTILE)
    raw = tmp_path / "raw.csv"
    with raw.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([[text] for text in FORMULAS])

    told = _opened([*files, raw], tmp_path)
    assert told.pop(raw.name)[0] > 0, "a control: this spreadsheet does run what it is given"
    assert {name: formulas for name, (formulas, _) in told.items()} == dict.fromkeys(rows, 0)
    assert {name: count - 1 for name, (_, count) in told.items()} == rows, "one row for each, whatever is in it"
