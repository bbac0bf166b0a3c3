"""Reports, figures and findings as files: what `moderato export --to html|pdf|markdown|json|csv` and the app write."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from annotate.errors import StudyCode, StudyError
from annotate.export.cells import safe_cell
from annotate.export.csv import export_csv
from annotate.export.files import write_export
from annotate.figures.as_json import figures_json
from annotate.figures.study import StudyFigures, study_figures
from annotate.figures.words import cell_words
from annotate.report.content import Report, report_of
from annotate.store import StudyStore
from transcribe.cancel import CancelToken

SCHEMA_VERSION = 1
"""Of the JSON; `docs/findings.schema.json` describes it. Names are only added within a version."""


class ReportFormat(StrEnum):
    """What a study can be written as."""

    HTML = "html"
    PDF = "pdf"
    MARKDOWN = "markdown"
    CIF = "cif"
    PPTX = "pptx"
    JSON = "json"
    CSV = "csv"


class CsvTable(StrEnum):
    """The tables for spreadsheets."""

    OBSERVATIONS = "observations"
    ISSUES = "issues"
    MATRIX = "matrix"
    TASKS = "tasks"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the file, the folder of media beside it (None: none), how many issues or rows are in it."""

    path: Path
    media: Path | None
    count: int


_SUFFIXES = {
    ReportFormat.HTML: {".html", ".htm"},
    ReportFormat.PDF: {".pdf"},
    ReportFormat.CIF: {".html", ".htm"},
    ReportFormat.PPTX: {".pptx"},
    ReportFormat.MARKDOWN: {".md", ".markdown", ".txt"},
    ReportFormat.JSON: {".json"},
}
"""Names under which a file that is there already is taken for a report of the form."""

Step = Callable[[float], None]


def export_report(
    store: StudyStore,
    out: Path,
    form: ReportFormat,
    *,
    media: bool = False,
    table: CsvTable = CsvTable.OBSERVATIONS,
    cancel: CancelToken | None = None,
    on_step: Step = lambda _share: None,
) -> Written:
    """Writes one; the file appears whole or not at all.

    Args:
        store: the study.
        out: the file. Media of an HTML report go into the folder `NAME files` beside it.
        form: as what.
        media: with stills and clips (PDF: stills), those whose session's consent covers them.
        table: which table, for CSV.
        cancel: looked at between files.
        on_step: hears the share that is done, 0 to 1.

    Raises:
        StudyError: EXPORT_UNWRITABLE, DISK_FULL, and as `StudyStore` says. TranscribeError: CANCELLED.
    """
    cancel = cancel or CancelToken()
    if form is ReportFormat.CSV and table is CsvTable.OBSERVATIONS:
        return Written(out, None, export_csv(store, out).rows)
    figures = study_figures(store)
    cancel.check()
    on_step(0.3)
    if form is ReportFormat.CSV:
        rows = _TABLES[table](figures, report_of(store, figures))
        write_export(out, _csv(rows), ".csv")
        return Written(out, None, len(rows) - 1)
    report = report_of(store, figures)
    cancel.check()
    on_step(0.5)
    folder = _media(report, out, cancel) if media and form is ReportFormat.HTML else None
    data = _written(report, figures, form, folder.name if folder is not None else "", media=media)
    cancel.check()
    on_step(0.9)
    # A report replaces a report: another kind of file of that name stays as it is.
    suffix = out.suffix.lower()
    write_export(out, data, suffix if suffix in _SUFFIXES[form] else min(_SUFFIXES[form]))
    return Written(out, folder, len(report.issues))


def _written(report: Report, figures: StudyFigures, form: ReportFormat, folder: str, *, media: bool) -> bytes:
    """The file's content; each form's library is loaded when it is wanted."""
    match form:
        case ReportFormat.HTML:
            from annotate.report.html import report_html

            return report_html(report, figures, folder).encode()
        case ReportFormat.PDF:
            from annotate.report.pdf import report_pdf

            return report_pdf(report, figures, media=media)
        case ReportFormat.MARKDOWN:
            from annotate.report.text import report_markdown

            return report_markdown(report).encode()
        case ReportFormat.CIF:
            from annotate.report.cif import report_cif

            return report_cif(report, figures).encode()
        case ReportFormat.PPTX:
            from annotate.report.slides import report_slides

            return report_slides(report, figures, media=media)
        case _:
            return json.dumps(findings_json(report, figures), ensure_ascii=False, indent=1).encode()


def findings_json(report: Report, figures: StudyFigures) -> dict[str, Any]:
    """The findings as JSON values, in the shape of `docs/findings.schema.json`."""
    said = asdict(report)
    for part in ("issues", "closed"):
        for issue in said[part]:
            issue["files"] = [{"name": one["name"], "kind": one["kind"]} for one in issue["files"]]
    del said["top"]
    return {"schema_version": SCHEMA_VERSION, "report": said, "figures": figures_json(figures)}


def _media(report: Report, out: Path, cancel: CancelToken) -> Path | None:
    """Copies stills and clips into a folder beside the report; None where there is none."""
    files = [file for issue in (*report.issues, *report.closed) for file in issue.files]
    if not files:
        return None
    folder = out.with_name(f"{out.stem} files")
    try:
        folder.mkdir(exist_ok=True)
        for file in files:
            cancel.check()
            target = folder / file.name
            if not target.exists():  # its name holds eight digits of its content
                part = target.with_name(f".{file.name}.part")
                shutil.copyfile(file.source, part)
                part.replace(target)
    except OSError as error:
        full = error.errno == 28
        raise StudyError(StudyCode.DISK_FULL if full else StudyCode.EXPORT_UNWRITABLE, str(folder)) from error
    return folder


# -- tables -----------------------------------------------------------------------------------------------------------

_Rows = list[list[str]]


def _issues(_figures: StudyFigures, report: Report) -> _Rows:
    heads = ["number", "title", "severity", "severity_word", "status", "met_by", "rank", "tasks", "heuristic",
             "description", "recommendation", "observations", "counter_evidence"]  # fmt: skip
    rows = [
        [str(one.number), one.title, "" if one.severity_level is None else str(one.severity_level), one.severity,
         one.status, one.found, one.rank, "; ".join(one.tasks), one.heuristic, one.description, one.recommendation,
         str(len(one.moments)), "; ".join(one.counter_evidence)]
        for one in (*report.issues, *report.closed)
    ]  # fmt: skip
    return [heads, *rows]


def _matrix(figures: StudyFigures, _report: Report) -> _Rows:
    codes = [person.code for person in figures.matrix.people]
    rows = [
        [
            str(row.issue.number),
            row.issue.title,
            f"{row.found.count} of {row.found.n}",
            *map(cell_words, (c.kind for c in row.cells)),
        ]
        for row in figures.matrix.rows
    ]
    return [["number", "title", "met_by", *codes], *rows]


def _tasks(_figures: StudyFigures, report: Report) -> _Rows:
    heads = ["task", "completion", "completion_helped", "time", "time_without_moderator", "time_n", "assists", "errors",
             "seq", "efficiency"]  # fmt: skip
    rows = [
        [one.title, one.completion, one.completion_helped, one.time, one.time_net, str(one.time_n), str(one.assists),
         str(one.errors), one.seq, one.efficiency]
        for one in report.tasks
    ]  # fmt: skip
    return [heads, *rows]


_TABLES: dict[CsvTable, Callable[[StudyFigures, Report], _Rows]] = {
    CsvTable.ISSUES: _issues,
    CsvTable.MATRIX: _matrix,
    CsvTable.TASKS: _tasks,
}


def _csv(rows: _Rows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig", errors="replace")
