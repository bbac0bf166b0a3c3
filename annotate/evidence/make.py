"""Making evidence: to a file beside, checked, then put in its place whole; a cancel or a failure leaves nothing.

Stills and clips lie in the `evidence` folder of their session's bundle, reels in `reels` of the study's folder. The
caller lists what was made (`StudyStore.add_evidence`), on the thread that writes to the study.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av  # noqa: TID253

from annotate._sqlite import make_private_dir, os_code
from annotate.changes import ChangeSet
from annotate.errors import StudyCode, StudyError
from annotate.evidence.clip import Progress, clip_cues, render_clip
from annotate.evidence.reel import Part, render_reel
from annotate.evidence.source import open_source
from annotate.evidence.spec import Captions, ClipSpec, StillSpec
from annotate.evidence.still import render_still
from annotate.models import Evidence, EvidenceKind, Reel
from annotate.store import StudyStore
from annotate.timeline import TimeRange, format_full
from capture.fileio import sha256_of, sync_file, sync_folder
from transcribe.cancel import CancelToken
from transcribe.formats import Passage, to_srt, to_vtt

REELS = "reels"
_FOLDER = "evidence"
_UNDO_S = 3600.0
_OURS = re.compile(r"^[^/]+_(still|clip)_[0-9a-f]{6}\.(png|mp4|srt|vtt)$")


@dataclass(frozen=True, slots=True)
class Made:
    """A file that lies in its place, not yet listed.

    `path` is relative to the bundle. `doubtful` lines of the transcript were left out of the captions, since nobody has
    listened to them yet; `silent`: the participant did not agree to the voice being recorded, so there is none.
    """

    session_id: str
    kind: EvidenceKind
    t_start_ns: int
    t_end_ns: int | None
    path: str
    sha256: str
    spec: dict[str, object]
    observation_id: str | None = None
    doubtful: int = 0
    silent: bool = False

    def listed(self, store: StudyStore) -> tuple[Evidence, ChangeSet]:
        """Add it to the study."""
        return store.add_evidence(
            self.session_id,
            self.kind,
            t_start_ns=self.t_start_ns,
            t_end_ns=self.t_end_ns,
            path=self.path,
            sha256=self.sha256,
            spec=self.spec,
            observation_id=self.observation_id,
        )


def make_still(store: StudyStore, session_id: str, spec: StillSpec, *, observation_id: str | None = None) -> Made:
    """Make a PNG of the picture shown at a moment. Takes a second or two: call it from a job.

    Raises:
        StudyError: as `open_source` says; NO_FRAMES, EVIDENCE_UNWRITABLE, DISK_FULL.
    """
    source = open_source(store, session_id, TimeRange(spec.t_ns, spec.t_ns))
    folder = _folder(store, session_id)
    name = _name(source.session.participant_code, spec.t_ns, EvidenceKind.STILL)
    with _whole(folder / f"{name}.png") as part:
        render_still(source, spec, part)
    return Made(
        session_id,
        EvidenceKind.STILL,
        spec.t_ns,
        None,
        f"{_FOLDER}/{name}.png",
        sha256_of(folder / f"{name}.png"),
        spec.to_json(),
        observation_id,
    )


def make_clip(
    store: StudyStore,
    session_id: str,
    spec: ClipSpec,
    *,
    observation_id: str | None = None,
    cancel: CancelToken | None = None,
    progress: Progress = lambda _fraction: None,
) -> Made:
    """Cut a clip, and write its captions beside it if they are wanted as a file. Takes about as long as the clip.

    Raises:
        StudyError: as `open_source` says; NO_FRAMES, EVIDENCE_UNWRITABLE, DISK_FULL.
        TranscribeError: CANCELLED. Nothing is left behind.
    """
    source = open_source(store, session_id, TimeRange(spec.t_start_ns, spec.t_end_ns))
    folder = _folder(store, session_id)
    name = _name(source.session.participant_code, spec.t_start_ns, EvidenceKind.CLIP)
    target = folder / f"{name}.mp4"
    with _whole(target) as part:
        render_clip(source, spec, part, cancel or CancelToken(), progress)
        _check(part, spec.t_end_ns - spec.t_start_ns)
    if spec.captions in {Captions.SRT, Captions.VTT}:
        said = [Passage(cue.t_start_ns, cue.t_end_ns, " ".join(cue.lines)) for cue in clip_cues(source, spec)]
        text = to_srt(said) if spec.captions is Captions.SRT else to_vtt(said)
        with _whole(folder / f"{name}.{spec.captions}") as part:
            part.write_bytes(text.encode(errors="replace"))
    return Made(
        session_id,
        EvidenceKind.CLIP,
        spec.t_start_ns,
        spec.t_end_ns,
        f"{_FOLDER}/{name}.mp4",
        sha256_of(target),
        {**spec.to_json(), "sound": spec.sound and source.sound},
        observation_id,
        0 if spec.captions is Captions.NONE else source.doubtful,
        spec.sound and not source.sound,
    )


def make_reel(
    store: StudyStore,
    reel: Reel,
    *,
    cancel: CancelToken | None = None,
    progress: Progress = lambda _fraction: None,
) -> str:
    """Make a reel's film; returns its path within the study's folder, for `StudyStore.update_reel`.

    Raises:
        StudyError: NO_MEDIA when a part's file is not there, REEL_EMPTY, NOT_CONSENTED, CONSENT_WITHDRAWN,
            EVIDENCE_UNWRITABLE, DISK_FULL.
        TranscribeError: CANCELLED. A film that was made before stays.
    """
    if not reel.items:
        raise StudyError(StudyCode.REEL_EMPTY, reel.title)
    parts = []
    for item in reel.items:
        path = None
        if item.evidence_id is not None:
            evidence = store.evidence_item(item.evidence_id)
            source = open_source(store, evidence.session_id, TimeRange(evidence.t_start_ns, evidence.t_start_ns))
            if evidence.spec.get("sound") and not source.sound:  # agreed to when it was cut, and not any more
                raise StudyError(StudyCode.NOT_CONSENTED, source.session.participant_code)
            path = evidence_path(store, evidence)
        parts.append(Part(path, item.card))
    name = f"{_safe(reel.title)}_{reel.id[:6]}.mp4"
    folder = store.folder / REELS
    _make_folder(folder)
    with _whole(folder / name) as part:
        render_reel(reel.title, parts, part, cancel or CancelToken(), progress)
    return f"{REELS}/{name}"


def evidence_path(store: StudyStore, evidence: Evidence) -> Path:
    """Where a still or a clip lies."""
    return store.bundle_dir(store.session(evidence.session_id)) / evidence.path


def sweep(store: StudyStore, session_id: str, *, older_than_s: float = _UNDO_S) -> list[Path]:
    """Delete files of evidence that was taken off the list, once no undo can want them back; returns which."""
    folder = store.bundle_dir(store.session(session_id)) / _FOLDER
    kept = {Path(one.path).stem for one in store.evidence(session_id)}
    swept = []
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        is_left = path.name.endswith(".part") or (_OURS.match(path.name) is not None and path.stem not in kept)
        with contextlib.suppress(OSError):
            if is_left and time.time() - path.stat().st_mtime > older_than_s:
                path.unlink()
                swept.append(path)
    return swept


def _folder(store: StudyStore, session_id: str) -> Path:
    folder = store.bundle_dir(store.session(session_id)) / _FOLDER
    _make_folder(folder)
    return folder


def _make_folder(folder: Path) -> None:
    try:
        make_private_dir(folder)
    except OSError as exc:
        raise _unwritable(exc, folder) from exc


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A path to write to; what is there at the end becomes `target`, unless something went wrong."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(3)}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
        part.chmod(0o600)
        sync_file(part)
        part.replace(target)
        sync_folder(target.parent)
    except (av.error.FFmpegError, OSError) as exc:
        raise _unwritable(exc, target) from exc
    finally:
        part.unlink(missing_ok=True)


def _unwritable(exc: OSError | av.error.FFmpegError, path: Path) -> StudyError:
    full = isinstance(exc, OSError) and os_code(exc) is StudyCode.DISK_FULL
    return StudyError(StudyCode.DISK_FULL if full else StudyCode.EVIDENCE_UNWRITABLE, f"{path}: {exc.strerror}")


def _check(path: Path, length_ns: int) -> None:
    """A clip that a player would refuse must not be called done."""
    with av.open(str(path)) as container:
        next(container.decode(video=0))
        found_ns = int((container.duration or 0) * 1000)
    if abs(found_ns - length_ns) > 100_000_000:
        raise OSError(0, f"{found_ns / 1e9:.3f} s in place of {length_ns / 1e9:.3f} s")


def _name(code: str, t_ns: int, kind: EvidenceKind) -> str:
    clock = format_full(t_ns).partition(".")[0].replace(":", "-")
    return f"{_safe(code)}_{clock}_{kind}_{secrets.token_hex(3)}"


def _safe(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text).strip(".-")[:60] or "reel"


__all__ = ["Made", "evidence_path", "make_clip", "make_reel", "make_still", "sweep"]
