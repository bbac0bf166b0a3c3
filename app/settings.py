"""The user's settings: every option is declared once, with its type and default, and kept in one INI file.

settings().theme = "dark"
settings().changed.connect(...)
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, TypeVar, cast, overload

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

from app import paths
from app.recording import user_name
from app.theme import ROW_COMFORTABLE, ROW_DENSE

T = TypeVar("T")
RECENT_LIMIT = 30


class Option(Generic[T]):
    """One option: an attribute of `Settings` whose value is kept as JSON under `key`.

    A value in the file that doesn't decode, or that `valid` refuses, counts as not set: a hand-edited file must not
    keep the app from starting.
    """

    def __init__(self, key: str, default: T | Callable[[], T], valid: Callable[[T], bool] | None = None) -> None:
        self.key = key
        self._default = default
        self._valid = valid
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Option[T]: ...
    @overload
    def __get__(self, instance: Settings, owner: type) -> T: ...
    def __get__(self, instance: Settings | None, owner: type) -> Option[T] | T:
        if instance is None:
            return self
        default = self.default()
        found = instance.read(self.key)
        if found is None or type(found) is not type(default):
            return default
        return found if self._valid is None or self._valid(found) else default

    def __set__(self, instance: Settings, value: T) -> None:
        if self._valid is not None and not self._valid(value):
            raise ValueError(f"{self.key}: {value!r}")
        instance.write(self.key, value, self.name)

    def default(self) -> T:
        """The value of an option that was never set."""
        return self._default() if callable(self._default) else self._default


def one_of(*values: T) -> Callable[[T], bool]:
    """Accepts the listed values."""
    return lambda value: value in values


def _is_place(at: list[int]) -> bool:
    return len(at) == 2 and all(isinstance(share, int) for share in at)


class Settings(QObject):
    """The registry. Main thread only; the one of the app is `settings()`.

    Signals:
        changed(name): an option has another value now.
    """

    changed = Signal(str)

    theme = Option("look/theme", "system", one_of("system", "light", "dark"))
    density = Option("look/density", "comfortable", one_of("comfortable", "dense"))
    author: Option[str] = Option("user/author", user_name, lambda name: bool(name.strip()))
    recent_studies: Option[list[str]] = Option("studies/recent", list)
    last_study = Option("studies/last", "")
    last_session = Option("studies/last_session", "")
    model = Option("transcribe/model", "")
    language = Option("transcribe/language", "")
    transcript_format = Option("transcribe/format", "docx", one_of("docx", "txt", "vtt", "srt", "json"))
    fps = Option("record/fps", 15, lambda fps: 1 <= fps <= 60)
    microphone = Option("record/microphone", "default")
    keys = Option("record/keys", "categories", one_of("categories", "off"))
    system_sound = Option("record/system_sound", "")
    camera = Option("record/camera", "")
    sync_at_start = Option("record/sync_at_start", False)
    transcribe_live = Option("record/transcribe_live", False)
    window_events = Option("record/window_events", "titles", one_of("titles", "programs", "nothing"))
    export_as = Option("findings/export_as", "html")
    backlog_target = Option("findings/backlog_target", "")
    camera_shown = Option("review/camera_shown", True)
    camera_size = Option("review/camera_size", "medium", one_of("small", "medium", "large"))
    camera_place: Option[list[int]] = Option("review/camera_place", lambda: [1000, 1000], _is_place)
    pointer_trail = Option("review/pointer_trail", True)
    click_rings = Option("review/click_rings", True)
    skip_silence = Option("review/skip_silence", False)
    lead_ms = Option("review/lead_ms", 2000, lambda ms: 0 <= ms <= 30_000)
    hidden_tracks: Option[list[str]] = Option("review/hidden_tracks", list)
    pack_folder = Option("share/pack_folder", "")
    studies_known: Option[dict[str, str]] = Option("studies/known", dict)
    clip_captions = Option("evidence/captions", "burnt", one_of("burnt", "srt", "vtt", "none"))
    clip_pointer = Option("evidence/clip_pointer", True)
    clip_sound = Option("evidence/clip_sound", True)
    still_pointer = Option("evidence/still_pointer", True)
    still_marks = Option("evidence/still_marks", False)
    bar_position: Option[list[int]] = Option("record/bar_position", list, lambda at: len(at) in {0, 2})

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        path.touch(mode=0o600)
        self._file = QSettings(str(path), QSettings.Format.IniFormat, self)

    @property
    def row_height(self) -> int:
        """Height of a table's row at the chosen density."""
        return ROW_DENSE if self.density == "dense" else ROW_COMFORTABLE

    def remember_study(self, folder: Path) -> None:
        """Puts a study first among the recent ones."""
        text = str(folder)
        rest = [entry for entry in self.recent_studies if entry != text]
        self.recent_studies = [text, *rest][:RECENT_LIMIT]
        self.last_study = text

    def forget_study(self, folder: Path) -> None:
        """Takes a study off the list; the study itself stays where it is."""
        self.recent_studies = [entry for entry in self.recent_studies if entry != str(folder)]
        if self.last_study == str(folder):
            self.last_study = ""

    def keep_state(self, name: str, state: QByteArray) -> None:
        """Keeps a window's, splitter's or header's state."""
        self._file.setValue(f"state/{name}", base64.b64encode(state.data()).decode())

    def state(self, name: str) -> QByteArray | None:
        """What `keep_state` kept, or None."""
        found = self._file.value(f"state/{name}")
        return QByteArray(base64.b64decode(found)) if isinstance(found, str) else None

    def read(self, key: str) -> object:
        """The raw value of a key, or None."""
        text = self._file.value(key)
        if not isinstance(text, str):
            return None
        try:
            return cast("object", json.loads(text))
        except ValueError:
            return None

    def write(self, key: str, value: Any, name: str) -> None:
        """Sets a raw value, and says so."""
        if self.read(key) == value:
            return
        self._file.setValue(key, json.dumps(value))
        self.changed.emit(name)

    def flush(self) -> None:
        """Writes to the disk now."""
        self._file.sync()


_settings: Settings | None = None


def settings() -> Settings:
    """The app's settings, read from the place that `app.paths` names at first use."""
    global _settings  # noqa: PLW0603  # one per process, made on first use
    if _settings is None:
        _settings = Settings(paths.config_dir() / "moderato.ini")
    return _settings


def use_settings(replacement: Settings | None) -> None:
    """Takes other settings from now on (None: read anew at next use)."""
    global _settings  # noqa: PLW0603
    _settings = replacement
