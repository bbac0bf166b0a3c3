"""The report as Markdown, for wikis and pull requests. What people wrote is escaped: it stays text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from annotate.backlog.finding import one_line
from annotate.backlog.markup import escaped_markdown
from annotate.report.content import Report, ReportIssue, ReportMoment


def report_markdown(report: Report) -> str:
    """Writes it; the same study gives the same text on the same day."""
    parts = [
        f"# {_line(report.study)}",
        f"Usability report · {report.made}",
        _line(report.product),
        *_summary(report),
        "## Method and participants",
        _text(report.about),
        _list(report.method),
        *_tasks(report),
        "## Issues by priority",
        *([_issue(one) for one in report.issues] or ["There is no open issue."]),
    ]
    if report.closed:
        parts += ["### Closed", _list(f"{one.number} {one.title} ({one.status})" for one in report.closed)]
    if report.positives:
        parts += ["## What works", _list(_moment(one) for one in report.positives)]
    if report.quotes:
        parts.append("## In their words")
        parts += [f"> {_line(one.text)}\n>\n> {_line(one.participant)}, {one.time}" for one in report.quotes]
    parts += ["## Next steps", _list(report.next_steps) or "Nothing is left to decide."]
    return "\n\n".join(part for part in parts if part) + "\n"


def _summary(report: Report) -> list[str]:
    parts = ["## Summary", *(_line(line) for line in report.summary)]
    if report.top:
        rows = [(_level(one), one.title, one.found, one.rank) for one in report.top]
        parts.append(_table(("Severity", "What to fix first", "Met by", "Rank"), rows))
    return parts


def _tasks(report: Report) -> list[str]:
    parts = ["## Tasks", _list(f"{name}: {words}" for name, words in report.overall)]
    if report.tasks:
        heads = ("Task", "Completion without help", f"Time on task, {report.times_of}", "Without the moderator",
                 "Assists", "Errors", "SEQ")  # fmt: skip
        rows = [
            (one.title, one.completion, one.time, one.time_net, str(one.assists), str(one.errors), one.seq)
            for one in report.tasks
        ]
        parts.append(_table(heads, rows))
    if report.contradictions:
        parts += ["### Where words and deeds part", _list(report.contradictions)]
    return parts


def _issue(one: ReportIssue) -> str:
    facts = [one.severity, f"met by {one.found}", f"rank {one.rank}", *one.tasks, one.heuristic, one.status]
    parts = [f"### {one.number} · {_line(one.title)}", " · ".join(_line(fact) for fact in facts if fact)]
    if one.description:
        parts.append(_text(one.description))
    parts.append(_list(_moment(moment) for moment in one.moments))
    if one.recommendation:
        parts.append(f"**Recommendation.** {_text(one.recommendation)}")
    if one.counter_evidence:
        parts.append(f"Passed the same task without it: {_line(', '.join(one.counter_evidence))}")
    return "\n\n".join(part for part in parts if part)


def _moment(one: ReportMoment) -> str:
    said = f" “{one.quote}”" if one.quote else ""
    return f"{one.participant} {one.time} {one.text or one.kind}{said}"


def _level(one: ReportIssue) -> str:
    return "–" if one.severity_level is None else f"{one.severity_level} {one.severity}"


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_line(line)}" for line in lines)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell if cell == "---" else _line(cell) for cell in line) + " |" for line in lines
    )


def _line(text: str) -> str:
    return escaped_markdown(one_line(text))


def _text(text: str) -> str:
    return "  \n".join(escaped_markdown(line) for line in text.strip().split("\n"))
