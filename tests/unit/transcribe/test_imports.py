"""The app's process stays light: the heavy libraries live in the transcriber."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import transcribe

HEAVY = {"av", "cv2", "ctranslate2", "faster_whisper", "huggingface_hub", "httpx2", "numpy", "onnxruntime", "PySide6"}


@pytest.mark.parametrize(
    "module",
    ["transcribe", "transcribe.client", "transcribe.model_store", "transcribe.journal", "transcribe.process"],
)
def test_light_imports(module: str) -> None:
    root = Path(transcribe.__file__).parent.parent
    code = f"import sys, {module}; print(*sys.modules)"
    listed = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    assert not HEAVY & set(listed.stdout.split())


def test_looking_for_models_stays_light(tmp_path: Path) -> None:
    root = Path(transcribe.__file__).parent.parent
    code = (
        "import sys, pathlib, transcribe.model_store as m; "
        f"m.ModelStore(pathlib.Path({str(tmp_path)!r})).installed(); print(*sys.modules)"
    )
    listed = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    assert not HEAVY & set(listed.stdout.split())
