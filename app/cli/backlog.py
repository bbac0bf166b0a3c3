"""`moderato export STUDY --to TARGET`: shows the plan, and carries it out."""

from __future__ import annotations

import argparse
import dataclasses
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from annotate.backlog.collect import exported_ids, findings
from annotate.backlog.decide import overwriting
from annotate.backlog.errors import BacklogError
from annotate.backlog.links import LinkStore
from annotate.backlog.plan import Action, ExportPlan, ItemResult, Outcome, PlanItem
from annotate.backlog.planning import plan_of
from annotate.backlog.targets import BacklogTarget, opened
from annotate.errors import StudyCode, StudyError
from annotate.store import StudyStore
from app.backlog_words import ACTIONS, OUTCOMES, file_words, item_words, result_words
from app.cli.targets import token_for
from transcribe.cancel import CancelToken
from transcribe.errors import TranscribeCode, TranscribeError


def run(store: StudyStore, options: argparse.Namespace) -> int:
    """Exports to a target; 1 where an issue failed or is unsure."""
    config = store.target(options.to)
    links = store.links(config.id)
    numbers = {issue.number: issue.id for issue in store.issues()}
    for number in (*options.numbers, *options.again):
        if number not in numbers:
            raise StudyError(StudyCode.ROW_MISSING, f"issue {number}")
    chosen = {numbers[number] for number in options.numbers} or exported_ids(store, config.id)
    again = frozenset(numbers[number] for number in options.again)
    cancel = CancelToken()
    with _ctrl_c(cancel), opened(config, token_for(config, options), cancel, out=options.out, on_wait=_wait) as target:
        plan = plan_of(target, findings(store, chosen | again), links, files=options.files, again=again)
        if options.overwrite:
            plan = overwriting(plan)
        if options.dry_run:
            _show(plan, as_json=options.json)
            return 0
        return _carry_out(target, plan, links, options)


def _carry_out(target: BacklogTarget, plan: ExportPlan, links: LinkStore, options: argparse.Namespace) -> int:
    done: list[ItemResult] = []
    try:
        for result in target.apply(plan, links):
            done.append(result)
            if not options.json:
                _tell(result)
    except (BacklogError, TranscribeError) as problem:
        left = len(plan.items) - len(done)
        print(f"{len(done)} issues are done, {left} are left. Run it again to go on.", file=sys.stderr)
        if isinstance(problem, TranscribeError) and problem.code is TranscribeCode.CANCELLED:
            return 130
        raise
    if options.json:
        print(json.dumps([dataclasses.asdict(one) for one in done], ensure_ascii=False, indent=2))
    else:
        print(_summary(done))
    return 1 if any(one.outcome in {Outcome.FAILED, Outcome.UNSURE} or one.files_failed for one in done) else 0


def _show(plan: ExportPlan, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_as_json(item) for item in plan.items], ensure_ascii=False, indent=2, default=str))
        return
    for item in plan.items:
        key = f" {item.ref.key}" if item.ref is not None else ""
        print(f"{item.finding.number:4} {item.finding.title}\n       {item_words(item)}{key}")
        for diff in item.diffs:
            if diff.theirs is not None:
                print(f"       {diff.label} in the tracker: {_short(diff.theirs)}")
            if diff.name != "labels":
                print(f"       {diff.label}: {_short(diff.before)} → {_short(diff.ours)}")
        for file in item.files:
            print(f"       file {file_words(file)}")
        for why in item.finding.withheld:
            print(f"       not sent: {why}")
        for name in item.cut:
            print(f"       {name} is too long for the tracker and will be cut")
    counts = [f"{plan.count(action)} {ACTIONS[action]}" for action in Action if plan.count(action)]
    print(f"Dry run: {', '.join(counts) or 'nothing to export'}. Nothing was sent.")


def _as_json(item: PlanItem) -> dict[str, Any]:
    return {
        "number": item.finding.number,
        "issue_id": item.finding.issue_id,
        "title": item.finding.title,
        "action": item.action,
        "words": item_words(item),
        "ref": None if item.ref is None else dataclasses.asdict(item.ref),
        "status": item.status,
        "fields": item.fields,
        "text": item.text,
        "diffs": [dataclasses.asdict(diff) for diff in item.diffs],
        "files": [{"name": f.file.name, "bytes": f.file.size, "skipped": f.skipped} for f in item.files],
        "cut": list(item.cut),
    }


def _tell(result: ItemResult) -> None:
    url = f"  {result.ref.url}" if result.ref is not None and result.ref.url else ""
    print(f"{result.number:4} {result.title}: {result_words(result)}{url}")


def _summary(done: list[ItemResult]) -> str:
    counts = {OUTCOMES[outcome]: sum(one.outcome is outcome for one in done) for outcome in Outcome}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "There is nothing to export"


def _short(text: str) -> str:
    one = " ".join(text.split())
    return f"“{one if len(one) <= 100 else one[:99] + '…'}”"


def _wait(seconds: float, host: str) -> None:
    print(
        f"moderato: {host} does not answer or asks to wait, {seconds:.0f} s left. Ctrl-C stops; nothing is lost.",
        file=sys.stderr,
    )


@contextmanager
def _ctrl_c(cancel: CancelToken) -> Iterator[None]:
    """Ctrl-C ends the run between two requests, so that no answer is thrown away."""

    def stop(_number: int, _frame: object) -> None:
        if cancel.cancelled:
            raise KeyboardInterrupt
        cancel.cancel()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
