"""What makes a folder a Whisper model that faster-whisper can load without a network."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

from transcribe.errors import TranscribeCode, TranscribeError

# faster-whisper's own list; all others in a repository (read-me, licence) aren't needed.
PATTERNS = ("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*")
MARKER = "moderato.json"
"""In a folder that came into the store: where from, and the files' sizes and checksums."""
_SPEC = b"WhisperSpec"


@dataclass(frozen=True, slots=True)
class Marker:
    """What such a note says; empty where there is none."""

    repo: str
    sizes: dict[str, int]
    sha256: dict[str, str]


def read_marker(content: bytes) -> Marker:
    """Reads the note; one that can't be read says nothing."""
    try:
        data = json.loads(content)
        sizes = {str(name): int(size) for name, size in data["files"].items()}
        sums = {str(name): str(value) for name, value in data.get("sha256", {}).items()}
        return Marker(str(data.get("repo", "")), sizes, sums)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Marker("", {}, {})


def missing_files(names: set[str]) -> list[str]:
    """Which of the needed files are not among `names`.

    Without tokenizer.json faster-whisper would fetch one from the network, without a vocabulary CTranslate2 doesn't
    load: both are needed. preprocessor_config.json is needed by large-v3 alone, which the engine finds out.
    """
    missing = [name for name in ("model.bin", "config.json", "tokenizer.json") if name not in names]
    if not names & {"vocabulary.json", "vocabulary.txt"}:
        missing.append("vocabulary.json")
    return missing


def check_model_folder(folder: Path) -> None:
    """See that `folder` holds a Whisper model in CTranslate2 form; cheap, the weights themselves aren't read.

    Raises:
        TranscribeError: MODEL_MISSING (no such folder), MODEL_BROKEN; `detail` names the folder and what is wrong.
    """
    if not folder.exists():
        raise TranscribeError(TranscribeCode.MODEL_MISSING, str(folder))
    if not folder.is_dir():
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{folder}: not a folder")
    try:
        missing = missing_files({p.name for p in folder.iterdir() if p.is_file() and p.stat().st_size})
        if missing:
            raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{folder}: {', '.join(missing)}")
        if not isinstance(json.loads((folder / "config.json").read_bytes()), dict):
            raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{folder}: config.json")
        with (folder / "model.bin").open("rb") as weights:
            head = weights.read(6 + len(_SPEC))
    except ValueError as error:
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{folder}: config.json") from error
    except OSError as error:
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{folder}: {error.strerror}") from error
    # CTranslate2 writes a version, then the length and the name of the kind of model.
    if len(head) < 6 or head[6:] != _SPEC or struct.unpack_from("<H", head, 4)[0] != len(_SPEC) + 1:
        raise TranscribeError(TranscribeCode.MODEL_BROKEN, f"{folder}: model.bin")
