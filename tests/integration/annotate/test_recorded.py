"""A real recording, by the real recorder process, taken into a study."""

from __future__ import annotations

import time
from pathlib import Path

from annotate.frames import FrameIndex
from annotate.info import bundle_info, study_info
from annotate.ingest import ingest
from annotate.models import NewTask, Outcome, SessionState, Severity
from annotate.store import StudyStore
from capture.bundle import SessionBundle
from capture.client import RecorderClient
from capture.config import RecorderConfig
from capture.events import MarkKind

SECOND = 1_000_000_000


def test_a_real_recording_becomes_a_session(tmp_path: Path) -> None:
    with StudyStore.create(tmp_path / "S", "S", author="Ada", tasks=[NewTask("Pay")]) as store:
        (task,) = store.tasks()
        bundle = SessionBundle.create(store.sessions_dir, label="P01")
        context = {"participant": "P01", "moderator": "Mo", "tasks": [{"id": task.id, "title": task.title}]}
        client = RecorderClient.spawn(bundle, RecorderConfig(mic=None, context=context), lambda _event: None)
        try:
            client.start()
            early = store.register_recording("P01", bundle.path)
            assert store.sessions() == [early]
            client.add_mark(MarkKind.CONSENT, payload={"version": 1, "method": "cli"})
            begun = client.add_mark(MarkKind.TASK_START, ref=task.id, body=task.title)
            time.sleep(0.8)
            hides = client.add_mark(MarkKind.MARK, body="It hides", payload={"kind": "problem", "severity": 3})
            client.add_mark(MarkKind.NOTE, ref=hides.id, body="twice")
            wrong = client.add_mark(MarkKind.MARK, body="no", payload={"kind": "idea"})
            client.add_mark(MarkKind.UNDO, ref=wrong.id)
            live = ingest(store, bundle).session
            assert (live.id, live.state, live.observation_count) == (early.id, SessionState.RECORDING, 1)
            time.sleep(0.8)
            client.add_mark(MarkKind.OUTCOME, ref=begun.id, payload={"outcome": "success"})
            end = client.add_mark(MarkKind.TASK_END, ref=begun.id)
            summary = client.stop()
        finally:
            client.close()
        report = ingest(store, bundle)
        assert (report.session.state, report.notes) == (SessionState.RECORDED, ())
        assert report.session.duration_ns == summary.duration_ns
        assert report.session.consent_version == 1
        (run,) = store.task_runs(early.id)
        assert (run.t_start_ns, run.t_end_ns, run.outcome) == (begun.t_ns, end.t_ns, Outcome.SUCCESS)
        (one,) = store.observations()
        assert (one.body, one.severity, one.t_start_ns) == ("It hides\ntwice", Severity.MAJOR, hides.t_ns)
        assert one.task_run_id == run.id
        assert [media.kind for media in store.media(early.id)] == ["screen"]
        assert ingest(store, bundle).change.empty

    index = FrameIndex.from_bundle(bundle)
    shown = index.nearest(hides.t_ns)
    assert index.t_ns(shown) <= hides.t_ns
    assert shown + 1 == len(index) or hides.t_ns < index.t_ns(shown + 1)
    bundle.capture_path.unlink()
    of_file = FrameIndex.from_bundle(bundle)
    noted = [index.t_ns(i) for i in range(len(index))]
    assert noted == [of_file.t_ns(i) for i in range(len(of_file))], "the recorder's notes are the file's own times"

    info = bundle_info(bundle.path)
    assert info["state"] == "finalized"
    assert "screen.mp4" in [file["name"] for file in info["files"]]
    assert study_info(tmp_path / "S")["sessions"][0]["observations"] == 1
