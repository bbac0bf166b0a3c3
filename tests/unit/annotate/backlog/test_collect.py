"""From a study to findings: who, when, in whose words, and which files may leave the computer."""

from __future__ import annotations

from pathlib import Path

import pytest

from annotate.backlog.collect import exported_ids, findings
from annotate.backlog.finding import Finding
from annotate.backlog.plan import RemoteRef, TargetConfig
from annotate.ingest import ingest
from annotate.models import EvidenceKind, Issue, IssueStatus, Session
from annotate.store import StudyStore
from capture.events import MarkKind
from tests.helpers.bundles import RecordedBundle, make_mark
from transcribe.models import Flag, Segment, Transcript

SECOND = 1_000_000_000


@pytest.fixture
def issue(store: StudyStore, session: Session) -> Issue:
    """Two moments, one in a task, the first with something said at it, the second with doubtful words."""
    run, _ = store.add_task_run(session.id, store.tasks()[1].id, t_start_ns=0, t_end_ns=90 * SECOND)
    del run
    first, _ = store.add_observation(session.id, t_start_ns=43 * SECOND, body="Clicks thrice")
    second, _ = store.add_observation(session.id, t_start_ns=300 * SECOND, body="Looks away")
    said = [
        Segment(42 * SECOND, 44 * SECOND, "Did it do anything?"),
        Segment(300 * SECOND, 301 * SECOND, "thanks for watching", flags=(Flag.NO_SPEECH,)),
    ]
    store.put_transcript(session.id, Transcript("t", "mic", "tiny", "en", tuple(said), True, 600 * SECOND))
    return store.add_issue("Buy gives no feedback", severity=3, observation_ids=[first.id, second.id])[0]


def the(store: StudyStore) -> Finding:
    (found,) = findings(store)
    return found


def test_doubtful_words_are_not_quoted(store: StudyStore, issue: Issue) -> None:
    assert [(one.place, one.text, one.quote) for one in the(store).moments] == [
        ("Session P01 at 00:43", "Clicks thrice", "Did it do anything?"),
        ("Session P01 at 05:00", "Looks away", ""),
    ]
    assert (the(store).found_by, the(store).participants) == (1, 1)


def test_only_what_is_to_be_done_is_sent_and_what_was_sent_before(store: StudyStore, issue: Issue) -> None:
    other, _ = store.add_issue("Fixed long ago")
    store.update_issue(other.id, status=IssueStatus.FIXED)
    config = store.put_target(TargetConfig("", "jira-csv", "CSV", "", "", ""))
    assert exported_ids(store, config.id) == {issue.id}
    store.links(config.id).done(other.id, RemoteRef("1", "UX-1", ""), "hash", {}, "Done")
    assert exported_ids(store, config.id) == {issue.id, other.id}


@pytest.mark.parametrize(
    ("scopes", "sent", "why"),
    [
        (["screen", "voice"], [".png", ".mp4"], []),
        (["screen"], [".png"], ["the consent does not cover the voice"]),
        (None, [], ["no consent was noted for the session"] * 2),
    ],
    ids=["all", "no voice", "no consent"],
)
def test_only_what_consent_covers_may_leave(
    store: StudyStore, scopes: list[str] | None, sent: list[str], why: list[str]
) -> None:
    bundle = RecordedBundle(store.sessions_dir)
    if scopes is not None:
        bundle.add(make_mark(MarkKind.CONSENT, 0.5, payload={"version": 1, "scopes": list(scopes)}))
    session = ingest(store, bundle.finish()).session
    seen, _ = store.add_observation(session.id, t_start_ns=1 * SECOND, body="x")
    made, _ = store.add_issue("Buy", observation_ids=[seen.id])
    folder = store.bundle_dir(session) / "evidence"
    folder.mkdir(exist_ok=True)
    for kind, name in ((EvidenceKind.CLIP, "clip.mp4"), (EvidenceKind.STILL, "still.png")):
        (folder / name).write_bytes(name.encode())
        store.add_evidence(
            session.id, kind, t_start_ns=SECOND, t_end_ns=None if kind is EvidenceKind.STILL else 2 * SECOND,
            path=f"evidence/{name}", sha256="0a1b2c3d" * 8, spec={"sound": True}, observation_id=seen.id,
        )  # fmt: skip
    found = the(store)
    assert found.issue_id == made.id
    assert [Path(one.name).suffix for one in found.files] == sent
    assert [one.partition(": ")[2] for one in found.withheld] == why
    assert all("_00m01s_0a1b2c3d" in one.name for one in found.files)
