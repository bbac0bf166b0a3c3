"""Severity by task: each issue is a sign, so that a row's length and its weight are seen at once."""

from __future__ import annotations

from collections import Counter
from functools import partial

from annotate.charts.chart import Chart, Look, Table
from annotate.charts.marks import draw_empty, draw_head, draw_legend, draw_severity
from annotate.charts.svg import Svg, wrapped
from annotate.figures.matrix import MatrixRow
from annotate.figures.study import StudyFigures
from annotate.figures.words import severity_words, share_words
from annotate.models import Severity

TITLE = "Severity of the issues by task"
_SIGN, _ROW = (20.0, 34.0), 42.0  # smallest and largest
_LEVELS: tuple[Severity | None, ...] = (*sorted(Severity, reverse=True), None)


def severity_chart(figures: StudyFigures, look: Look) -> Chart:
    """For each task its issues, the gravest first; where there are too many for signs, bars with their numbers."""
    svg = Svg("severity", look)
    groups = _groups(figures)
    table = Table(
        ("Task", *(_level_words(one) for one in _LEVELS), "Issues"),
        tuple((title, *(str(_count(rows, one)) for one in _LEVELS), str(len(rows))) for title, rows in groups),
    )
    y = draw_head(svg, TITLE, "Each sign is an issue; an issue of several tasks is shown with the first")
    shown = [(title, rows) for title, rows in groups if rows]
    if not shown:
        return svg.finish(
            draw_empty(svg, y, "There are no issues yet."), TITLE, "There are no issues yet.", table, empty=True
        )
    left = min(230.0, svg.width * 0.3)
    room = svg.width - left - 70
    y += 4
    most = max(len(rows) for _title, rows in shown)
    sign = min(_SIGN[1], room / most)
    for title, rows in shown:
        middle = y + _ROW / 2
        lines = wrapped(title, left - 32, 13, 2)
        for number, line in enumerate(lines):
            svg.text(16, middle + 5 + (number - (len(lines) - 1) / 2) * 16, line, size=13)
        svg.line(left, y + _ROW, svg.width - 16, y + _ROW, stroke=svg.colors.line)
        if sign >= _SIGN[0]:
            end = _signs(svg, rows, left, middle, sign)
        else:
            end = _bars(svg, title, rows, left, middle, room / most)
        svg.text(end + 10, middle + 5, str(len(rows)), size=13, strong=True)
        y += _ROW
    legend = [(partial(_sample, severity=one), _level_words(one)) for one in _LEVELS]
    y = draw_legend(svg, y + 22, legend)
    return svg.finish(y, TITLE, _summary(shown), table)


def _groups(figures: StudyFigures) -> list[tuple[str, list[MatrixRow]]]:
    """Issues by their first task, those without one last."""
    by_task: dict[str, list[MatrixRow]] = {one.task.id: [] for one in figures.tasks}
    others: list[MatrixRow] = []
    for row in figures.matrix.rows:
        group = by_task.get(row.task_ids[0], others) if row.task_ids else others
        group.append(row)
    groups = [(one.task.title, by_task[one.task.id]) for one in figures.tasks]
    if others:
        groups.append(("No task", others))
    for _title, rows in groups:
        rows.sort(key=lambda row: (_LEVELS.index(row.severity), -row.found.count, row.issue.number))
    return groups


def _signs(svg: Svg, rows: list[MatrixRow], left: float, middle: float, size: float) -> float:
    for number, row in enumerate(rows):
        x = left + (number + 0.5) * size
        found = share_words(row.found)
        words = f"#{row.issue.number} {row.issue.title}: {severity_words(row.severity)}, found by {found}"
        with svg.spot((x - size / 2, middle - size / 2, size, size), words, issue_id=row.issue.id):
            draw_severity(svg, x, middle, row.severity, size - 5)
    return left + len(rows) * size


def _bars(svg: Svg, title: str, rows: list[MatrixRow], left: float, middle: float, unit: float) -> float:
    x = left
    for level in _LEVELS:
        count = _count(rows, level)
        if not count:
            continue
        width = count * unit
        colour = svg.colors.muted if level is None else svg.colors.severity[level]
        with svg.spot((x, middle - 11, width, 22), f"{title}: {count} × {_level_words(level)}"):
            if level is not None and level >= Severity.MAJOR:
                svg.rect(x + 0.5, middle - 11, width - 1, 22, fill=colour)
            elif level is None or level is Severity.NOT_A_PROBLEM:
                svg.rect(x + 0.5, middle - 11, width - 1, 22, stroke=colour)
            else:
                gap = 5.0 if level is Severity.MINOR else 10.0
                svg.hatch(x + 0.5, middle - 11, width - 1, 22, stroke=colour, gap=gap)
            if width >= 34:
                draw_severity(svg, x + width / 2, middle, level, 18)
        x += width
    return x


def _count(rows: list[MatrixRow], level: Severity | None) -> int:
    return Counter(row.severity for row in rows)[level]


def _level_words(level: Severity | None) -> str:
    return severity_words(level) if level is None else f"{int(level)} {severity_words(level)}"


def _sample(svg: Svg, x: float, y: float, *, severity: Severity | None) -> None:
    draw_severity(svg, x, y, severity, 16)


def _summary(shown: list[tuple[str, list[MatrixRow]]]) -> str:
    grave = [
        (title, sum(row.severity is not None and row.severity >= Severity.MAJOR for row in rows))
        for title, rows in shown
    ]
    title, count = max(grave, key=lambda one: one[1])
    if not count:
        return "No issue is major or worse."
    return f"Most major issues and catastrophes: {title}, {count}."
