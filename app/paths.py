"""Where Moderato keeps things. The only module that computes a location; no Qt.

`use_base` (the switch `--temp-basedir`, tests, the demo) puts everything under one folder instead.
"""

from __future__ import annotations

from pathlib import Path

import platformdirs

APP = "moderato"
_base: Path | None = None


def use_base(folder: Path | None) -> None:
    """Keeps everything under `folder` from now on (None: the system's places again)."""
    global _base  # noqa: PLW0603  # the one switch, set once at start
    _base = folder


def base() -> Path | None:
    """The folder given to `use_base`, to be handed on to child processes."""
    return _base


def private_folder(path: Path) -> Path:
    """Makes `path` with mode 0700, whatever the umask, if it isn't there."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
    return path


def config_dir() -> Path:
    """Settings."""
    return _place("config", platformdirs.user_config_dir(APP, appauthor=False))


def data_dir() -> Path:
    """What the app keeps for itself and cannot make again."""
    return _place("data", platformdirs.user_data_dir(APP, appauthor=False))


def cache_dir() -> Path:
    """What can be made again."""
    return _place("cache", platformdirs.user_cache_dir(APP, appauthor=False))


def log_dir() -> Path:
    """Logs of the app; a recorder's log lies in its bundle."""
    return _place("logs", platformdirs.user_log_dir(APP, appauthor=False))


def crash_dir() -> Path:
    """Reports of crashes, offered at the next start."""
    return private_folder(data_dir() / "crashes")


def models_dir() -> Path:
    """The model store."""
    return private_folder(data_dir() / "models")


def studies_dir() -> Path:
    """Where new studies go unless the user says otherwise."""
    if _base is not None:
        return private_folder(_base / "studies")
    return Path(platformdirs.user_documents_dir()) / "Moderato"


def _place(name: str, system: str) -> Path:
    return private_folder(_base / name if _base is not None else Path(system))
