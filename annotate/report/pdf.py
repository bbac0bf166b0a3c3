"""The report as PDF, typeset by Typst (a library without Qt or a browser)."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from annotate.charts.gallery import charts_of
from annotate.figures.study import StudyFigures
from annotate.report.content import Report, ReportIssue


def report_pdf(report: Report, figures: StudyFigures, *, media: bool = False) -> bytes:
    """Typesets it. `media`: with the stills, as many as consent covers. Takes about a second; no thread of Qt's."""
    import typst

    with tempfile.TemporaryDirectory(prefix="moderato-report-") as name:
        folder = Path(name)
        data: dict[str, Any] = asdict(report)
        data["charts"] = []
        for chart in charts_of(figures):
            if not chart.empty:
                (folder / f"{chart.name}.svg").write_text(chart.svg, "utf-8")
                shown = {"file": f"{chart.name}.svg", "title": chart.title, "summary": chart.summary}
                data["charts"].append(shown)
        for part, issues in (("issues", report.issues), ("top", report.top), ("closed", report.closed)):
            for row, issue in zip(data[part], issues, strict=True):
                row["stills"] = _stills(issue, folder) if media and part == "issues" else []
        (folder / "data.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
        shutil.copyfile(str(files("annotate.report").joinpath("report.typ")), folder / "report.typ")
        made = typst.compile(str(folder / "report.typ"), root=str(folder))
    assert isinstance(made, bytes)
    return made


def _stills(issue: ReportIssue, folder: Path) -> list[dict[str, str]]:
    found = []
    for file in issue.files:
        if file.kind == "still" and Path(file.source).is_file():
            shutil.copyfile(file.source, folder / file.name)
            found.append({"file": file.name, "caption": file.caption})
    return found
