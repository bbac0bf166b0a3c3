"""`moderato doctor`: what can be recorded here, and what to do about the rest."""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app import paths
from app.wording import code_sentence
from capture.devices import Capabilities, probe
from capture.errors import CaptureCode
from transcribe.model_store import ModelStore
from transcribe.voice_weights import weights_file

DISK_LOW_BYTES = 5 * 10**9


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `advice` is what to do, empty where all is well."""

    name: str
    ok: bool
    summary: str
    advice: str = ""
    items: tuple[dict[str, Any], ...] = field(default=())


def run(options: argparse.Namespace) -> int:
    """Prints the findings; exit code 0 even where something is missing, because telling that is the job."""
    findings = examine()
    if options.json:
        facts = {
            f.name: {"ok": f.ok, "summary": f.summary, "advice": f.advice, "items": list(f.items)} for f in findings
        }
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return 0
    for finding in findings:
        print(f"{'✓' if finding.ok else '!'} {finding.name:12} {finding.summary}")
        if finding.advice:
            print(f"  {'':12} → {finding.advice}")
    return 0


def examine() -> list[Finding]:
    """Looks at everything that a session needs."""
    can = probe()
    return [
        _displays(can),
        *_windows(can),
        _microphones(can),
        _cameras(can),
        _permissions(can),
        _disk(),
        _model(),
        _voices(),
    ]


def _displays(can: Capabilities) -> Finding:
    items = tuple(
        {
            "index": d.index,
            "name": d.name,
            "x": d.x,
            "y": d.y,
            "width": d.width,
            "height": d.height,
            "primary": d.primary,
        }
        for d in can.displays
    )
    if can.is_screen_asked_for:
        return Finding("displays", True, "the desktop asks what may be recorded when a recording begins (Wayland)")
    if not items:
        reason = can.screen.reason or CaptureCode.NO_DISPLAY
        return Finding("displays", False, "none", code_sentence(reason, can.screen.detail))
    words = ", ".join(f"{d.index}: {d.name} {d.width}×{d.height}" for d in can.displays)
    return Finding("displays", True, words, items=items)


def _windows(can: Capabilities) -> list[Finding]:
    """What `record --window` takes, one line each; nothing where there are none."""
    items = tuple({"id": one.id, "app": one.app, "title": one.title} for one in can.windows)
    if not items:
        return []
    words = f"\n{'':15}".join(f"{one.id}: {one.title or one.app}" for one in can.windows)
    return [Finding("windows", True, words, items=items)]


def _microphones(can: Capabilities) -> Finding:
    items = tuple({"id": m.id, "name": m.name, "default": m.default, "rate": m.rate} for m in can.microphones)
    if not items:
        code = can.sound.reason or CaptureCode.NO_MICROPHONE
        return Finding("microphones", False, "none", code_sentence(code))
    words = ", ".join(f"{m.id} ({m.name})" + (" – default" if m.default else "") for m in can.microphones)
    return Finding("microphones", True, words, items=items)


def _cameras(can: Capabilities) -> Finding:
    items = tuple({"id": c.id, "name": c.name} for c in can.cameras)
    return Finding("cameras", True, ", ".join(c.name for c in can.cameras) or "none (not needed)", items=items)


def _permissions(can: Capabilities) -> Finding:
    if can.input.ok:
        return Finding("permissions", True, "pointer and key events can be recorded")
    return Finding(
        "permissions",
        False,
        "no pointer or key events",
        code_sentence(can.input.reason or CaptureCode.NO_INPUT, can.input.detail),
    )


def _disk() -> Finding:
    folder = paths.studies_dir()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    words = f"{free / 1e9:.0f} GB free at {_home_short(folder)}"
    item = {"path": str(folder), "free_bytes": free}
    if free < DISK_LOW_BYTES:
        return Finding("disk", False, words, "Free some space before a long session.", (item,))
    return Finding("disk", True, words, items=(item,))


def _model() -> Finding:
    installed = ModelStore(paths.models_dir()).installed()
    items = tuple({"name": m.name, "path": str(m.path), "size_bytes": m.size_bytes} for m in installed)
    if not items:
        advice = "The first transcription downloads a model; or give a model folder with --model."
        return Finding("model", False, "no speech model on this computer", advice)
    return Finding("model", True, ", ".join(m.name for m in installed), items=items)


def _voices() -> Finding:
    if weights_file() is not None:
        return Finding("voices", True, "who speaks can be told by voice")
    advice = "Install the package resemblyzer 0.1.4 without its dependencies; `installer/dev.py setup` does."
    return Finding("voices", False, "who speaks is told by track alone: the voice model is not installed", advice)


def _home_short(folder: Path) -> str:
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except ValueError:
        return str(folder)
