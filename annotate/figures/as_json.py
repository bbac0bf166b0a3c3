"""The figures as plain values: what `moderato figures --json` prints. `docs/figures.md` documents the shape."""

from __future__ import annotations

from typing import Any

from annotate.figures.intervals import LEVEL, Interval, Mean, Share, Times
from annotate.figures.matrix import MatrixRow
from annotate.figures.methods import METHODS
from annotate.figures.priority import DRAWS, SEED, Priority, RankBy
from annotate.figures.study import Counts, StudyFigures, SusFigures, TaskFigures
from annotate.timeline import SECOND

VERSION = 1
"""Of the shape. Names are only added within a version."""


def figures_json(figures: StudyFigures) -> dict[str, Any]:
    """All figures as JSON values. Shares and probabilities are 0 to 1, times seconds, unknown figures null."""
    found = figures.discovery
    return {
        "version": VERSION,
        "study": figures.study_name,
        "confidence": LEVEL,
        "times_of": figures.times_of.value,
        "participants": [person.code for person in figures.people],
        "sessions_left_out": figures.left_out,
        "repeats_left_out": figures.repeats,
        "completion": _share(figures.completion),
        "completion_by_participant": _mean(figures.completion_each),
        "time_all_tasks": _times(figures.total),
        "assists": _counts(figures.assists),
        "errors": _counts(figures.errors),
        "goals_per_minute": figures.goals_per_minute,
        "time_well_spent": figures.time_well_spent,
        "seq": _mean(figures.seq),
        "sus": _sus(figures.sus),
        "tasks": [_task(figures, task) for task in figures.tasks],
        "discovery": None
        if found is None
        else {
            "participants": found.participants,
            "problems": found.problems,
            "met_once": found.once,
            "p": found.p,
            "p_deflated": found.deflated,
            "p_good_turing": found.good_turing,
            "p_adjusted": found.adjusted,
            "p_used": found.used,
            "found": found.found_share,
            "expected_total": found.expected_total,
            "more_participants": found.more,
            "found_with_more": found.share_with_more,
            "new_with_more": found.new_with_more,
        },
        "issues": [_issue(figures, row) for row in figures.matrix.rows],
        "priorities": {
            "draws": DRAWS,
            "seed": SEED,
            "issues": [_priority(one) for one in figures.priorities],
        },
        "contradictions": [
            {
                "kind": one.kind.value,
                "participant": _code(figures, one.run.person_id),
                "task": figures.task_title(one.run.task_id),
                "seq": one.run.ease,
                "outcome": None if one.run.outcome is None else one.run.outcome.value,
                "assists": one.run.assists,
                "session": one.run.session_id,
                "start_s": one.run.t_start_ns / SECOND,
            }
            for one in figures.contradictions
        ],
        "methods": {
            figure.value: {
                "name": method.name,
                "formula": method.formula,
                "source": method.source,
                "assumption": method.assumption,
            }
            for figure, method in METHODS.items()
        },
    }


def _task(figures: StudyFigures, one: TaskFigures) -> dict[str, Any]:
    return {
        "task": one.task.title,
        "expected_s": None if one.task.expected_ns is None else one.task.expected_ns / SECOND,
        "criticality": one.task.criticality,
        "skipped": one.skipped,
        "without_outcome": one.unsaid,
        "completion": _share(one.completion),
        "completion_helped": _share(one.completion_helped),
        "time_gross": _times(one.gross),
        "time_net": _times(one.net),
        "assists": _counts(one.assists),
        "errors": _counts(one.errors),
        "efficiency_percent_per_minute": one.efficiency,
        "seq": _mean(one.seq),
        "runs": [
            {
                "participant": _code(figures, run.person_id),
                "outcome": None if run.outcome is None else run.outcome.value,
                "gross_s": _seconds(run.gross_ns),
                "net_s": _seconds(run.net_ns),
                "assists": run.assists,
                "errors": run.errors,
                "seq": run.ease,
            }
            for run in one.runs
        ],
    }


def _issue(figures: StudyFigures, row: MatrixRow) -> dict[str, Any]:
    return {
        "number": row.issue.number,
        "title": row.issue.title,
        "status": row.issue.status.value,
        "severity": None if row.severity is None else int(row.severity),
        "tasks": [figures.task_title(task_id) for task_id in row.task_ids],
        "found_by": _share(row.found),
        "cells": {cell.person.code: cell.kind.value for cell in row.cells},
        "counter_evidence": [cell.person.code for cell in row.counter_evidence()],
    }


def _priority(one: Priority) -> dict[str, Any]:
    return {
        "number": one.row.issue.number,
        "customer": one.customer,
        "business": one.business,
        "value": one.value,
        "value_interval": _interval(one.value_band),
        "value_per_effort": one.per_effort,
        "rice": one.rice,
        "rank": {
            by.value: None
            if by not in one.ranks
            else {"rank": one.ranks[by].rank, "low": one.ranks[by].low, "high": one.ranks[by].high}
            for by in RankBy
        },
        "persistence": one.persistence,
        "criticality": one.criticality,
        "impact": one.impact,
        "confidence": one.confidence,
        "effort_days": one.row.issue.effort,
        "reach_per_month": one.row.issue.reach,
        "assumed": sorted(each.value for each in one.assumed),
        "ratings": {name: int(severity) for name, severity in one.raters.items()},
    }


def _sus(sus: SusFigures) -> dict[str, Any]:
    return {
        **_mean(sus.mean),
        "scores": {person.code: score for person, score in sus.scores},
        "learnability": sus.learnability,
        "grade": None if sus.grade is None else sus.grade.grade,
        "percentile": None if sus.grade is None else sus.grade.percentile,
        "adjective": None if sus.grade is None else sus.grade.adjective,
    }


def _share(one: Share) -> dict[str, Any]:
    return {"count": one.count, "n": one.n, "share": one.share, "interval": _interval(one.interval)}


def _mean(one: Mean) -> dict[str, Any]:
    return {"n": one.n, "mean": one.mean, "interval": _interval(one.interval), "values": list(one.values)}


def _times(one: Times) -> dict[str, Any]:
    return {
        "n": one.n,
        "middle": one.middle.value,
        "centre_s": one.centre,
        "interval_s": _interval(one.interval),
        "mean_s": one.mean,
        "median_s": one.median,
        "values_s": list(one.seconds),
    }


def _counts(one: Counts) -> dict[str, Any]:
    return {"total": one.total, "mean": one.mean, "with_any": _share(one.with_any), "values": list(one.values)}


def _interval(one: Interval | None) -> list[float] | None:
    return None if one is None else [one.low, one.high]


def _seconds(t_ns: int | None) -> float | None:
    return None if t_ns is None else t_ns / SECOND


def _code(figures: StudyFigures, person_id: str) -> str:
    person = figures.person(person_id)
    return "" if person is None else person.code
