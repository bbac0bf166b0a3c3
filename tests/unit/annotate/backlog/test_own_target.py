"""The target that `docs/targets.md` shows works as it stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from annotate.backlog import targets
from annotate.backlog.finding import Finding
from annotate.backlog.plan import Outcome, TargetConfig
from annotate.backlog.targets import TrackerKind, checked, opened
from annotate.store import StudyStore
from tests.unit.annotate.backlog.conftest import finding
from transcribe.cancel import CancelToken

DOCS = Path(__file__).parents[4] / "docs" / "targets.md"


@pytest.fixture
def notes_kind(monkeypatch: pytest.MonkeyPatch) -> TrackerKind:
    code = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert code is not None
    space: dict[str, Any] = {}
    exec(code[1], space)  # the documentation is ours
    kind = space["NOTES"]
    assert isinstance(kind, TrackerKind)

    class Point:
        def load(self) -> TrackerKind:
            return kind

    monkeypatch.setattr(targets, "entry_points", lambda group: [Point()] if group == "moderato.targets" else [])
    targets.trackers.cache_clear()
    return kind


@pytest.fixture(autouse=True)
def forget_kinds() -> Any:
    yield
    targets.trackers.cache_clear()


def test_the_example_makes_updates_and_finds(store: StudyStore, issues: list[Finding], notes_kind: TrackerKind) -> None:
    notes: list[dict[str, Any]] = []

    def serve(request: httpx2.Request) -> httpx2.Response:
        number = request.url.path.rpartition("/")[2]
        if request.method == "POST":
            notes.append({"id": len(notes), **json.loads(request.content)})
            return httpx2.Response(201, json=notes[-1])
        if request.method == "PUT":
            notes[int(number)].update(json.loads(request.content))
            return httpx2.Response(204)
        return httpx2.Response(200, json=notes[int(number)] if number.isdigit() else notes)

    config = store.put_target(checked(TargetConfig("", "notes", "Notes", "https://notes.test", "", "", {})))
    links = store.links(config.id)

    def export(findings: list[Finding]) -> list[Outcome]:
        with opened(config, "key", CancelToken(), transport=httpx2.MockTransport(serve)) as target:
            return [one.outcome for one in target.apply(target.plan(findings, links), links)]

    assert export(issues) == [Outcome.CREATED] * 3
    assert export(issues) == [Outcome.UNCHANGED] * 3
    changed = finding(issues[0].issue_id, issues[0].number, "Another")
    assert export([changed]) == [Outcome.UPDATED]
    assert len(notes) == 3
    assert notes[0]["title"] == "[Pay] Another"
