"""The matrix: issues down, participants across, with who met what and how many that are."""

from __future__ import annotations

from functools import partial

from annotate.charts.chart import Chart, Look, Table
from annotate.charts.marks import draw_cell, draw_empty, draw_head, draw_legend, draw_severity
from annotate.charts.svg import Svg
from annotate.figures.matrix import Cell, CellKind, MatrixRow
from annotate.figures.study import StudyFigures
from annotate.figures.words import cell_words, percent, percent_range, severity_words, share_words
from annotate.models import Severity

TITLE = "Who met which issue"
MAX_ROWS = 40
"""A picture of more is a carpet; the table has them all."""
_NAMES, _FOUND = 250.0, 158.0  # what they need at least


def matrix_chart(figures: StudyFigures, look: Look) -> Chart:
    """Each cell is a sign: the worst severity seen, a tick for who did the task without it."""
    matrix = figures.matrix
    count = len(matrix.people)
    needed = _NAMES + _FOUND + 32 + 13.0 * count  # sixty participants need room; the picture grows
    svg = Svg("matrix", Look(look.colors, look.fonts, max(look.width, needed)))
    rows = [row for row in matrix.rows if row.found.n][:MAX_ROWS]
    table = Table(
        ("Issue", "Severity", "Found by", *(person.code for person in matrix.people), "Counter-evidence"),
        tuple(_table_row(row) for row in matrix.rows),
    )
    hidden = len(matrix.rows) - len(rows)
    note = "Most met first; interval of 95 % (adjusted Wald)"
    if hidden > 0 and rows:
        note += f"; {hidden} more in the table"
    y = draw_head(svg, TITLE, note)
    if not rows or not count:
        height = draw_empty(svg, y, "No issue has been met by a participant yet.")
        return svg.finish(height, TITLE, "No issue has been met by a participant yet.", table, empty=True)
    size = min(27.0, (svg.width - _NAMES - _FOUND - 32) / count)
    names = svg.width - _FOUND - 28 - size * count
    height = min(26.0, max(20.0, size))
    upright = size < 26
    y += 34 if upright else 12
    for number, person in enumerate(matrix.people):
        x = names + (number + 0.5) * size
        if upright:
            svg.text(x + 4, y - 2, person.code, size=11, fill=svg.colors.muted, turn=-90, room=44)
        else:
            svg.text(x, y - 2, person.code, size=11, fill=svg.colors.muted, anchor="middle", room=size - 1)
    y += 4
    for number, row in enumerate(rows):
        if number % 2 == 0:
            svg.rect(8, y, svg.width - 16, height, fill=svg.colors.accent_soft, radius=4, opacity=0.55)
        _row(svg, row, y, names, size, height)
        y += height
    legend = [
        (partial(_severity, severity=Severity(4)), "met it, with its severity"),
        *(
            (partial(_cell, kind=kind), cell_words(kind))
            for kind in (CellKind.PASSED, CellKind.AGAINST, CellKind.UNSEEN)
        ),
    ]
    y = draw_legend(svg, y + 20, legend)
    svg.text(16, y + 4, "An empty cell: did not try the task.", size=11.5, fill=svg.colors.muted)
    return svg.finish(y + 18, TITLE, _summary(figures, rows), table)


def _row(svg: Svg, row: MatrixRow, y: float, names: float, size: float, height: float) -> None:
    middle = y + height / 2
    draw_severity(svg, 25, middle, row.severity, 16)
    title = f"#{row.issue.number} {row.issue.title}"
    with svg.spot((16, y, names - 20, height), f"{title}. {severity_words(row.severity)}", issue_id=row.issue.id):
        svg.text(40, middle + 4.5, title, size=12.5, room=names - 48)
    for number, cell in enumerate(row.cells):
        if cell.kind is CellKind.NOT_GIVEN:
            continue
        x = names + number * size
        moment = next((one for one in cell.moments if one.speaks_for), next(iter(cell.moments), None))
        look_at = None if moment is None else (moment.session_id, moment.t_start_ns, moment.observation_id)
        words = f"{cell.person.code}, #{row.issue.number}: {_cell_words(cell)}"
        with svg.spot((x, y, size, height), words, issue_id=row.issue.id, observation=look_at):
            draw_cell(svg, x + size / 2, middle, cell.kind, cell.severity, min(size, height))
    left = svg.width - _FOUND - 4
    share, interval = row.found.share or 0.0, row.found.interval
    words = f"#{row.issue.number} found by {share_words(row.found)}"
    with svg.spot((left, y, _FOUND, height), words, issue_id=row.issue.id):
        svg.text(left, middle + 4.5, f"{row.found.count} of {row.found.n}", size=12.5, strong=True)
        if interval is not None:
            svg.text(
                left + 50,
                middle + 4.5,
                f"{percent(share)} ({percent_range(interval)[:-2]})",
                size=11.5,
                fill=svg.colors.muted,
            )


def _cell_words(cell: Cell) -> str:
    words = cell_words(cell.kind)
    if cell.kind is CellKind.FOUND:
        words += (
            f", {severity_words(cell.severity)}, {len(cell.moments)} observation{'' if len(cell.moments) == 1 else 's'}"
        )
    return words


def _severity(svg: Svg, x: float, y: float, *, severity: Severity) -> None:
    draw_severity(svg, x, y, severity, 16)


def _cell(svg: Svg, x: float, y: float, *, kind: CellKind) -> None:
    draw_cell(svg, x, y, kind, None, 20)


def _table_row(row: MatrixRow) -> tuple[str, ...]:
    severity = (
        severity_words(row.severity) if row.severity is None else f"{int(row.severity)} {severity_words(row.severity)}"
    )
    against = ", ".join(cell.person.code for cell in row.counter_evidence())
    cells = (_cell_words(cell) for cell in row.cells)
    return (f"#{row.issue.number} {row.issue.title}", severity, share_words(row.found), *cells, against)


def _summary(figures: StudyFigures, rows: list[MatrixRow]) -> str:
    top = rows[0]
    words = f"{len(figures.matrix.rows)} issues, {len(figures.people)} participants."
    words += f" Met by most: #{top.issue.number} {top.issue.title}, {share_words(top.found)}."
    found = figures.discovery
    if found is not None:
        words += f" About {percent(found.found_share)} of the problems have been found."
    return words
