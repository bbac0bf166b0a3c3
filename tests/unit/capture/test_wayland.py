"""What is chosen on Wayland, and what is said to be missing, in an environment that is made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import doctor
from app.wording import code_sentence
from capture import permissions, screen
from capture.config import RecorderConfig, Region
from capture.devices import probe
from capture.errors import CaptureCode, CaptureError
from capture.screen.qt_source import QtSource
from capture.streams import system_sources


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Wayland session with PipeWire, whose portal lies in this folder."""
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-7")
    monkeypatch.setenv("XDG_SESSION_TYPE", "wayland")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path))
    monkeypatch.setattr(permissions, "_has_library", lambda name: name == "libpipewire-0.3.so.0")
    service = tmp_path / "dbus-1/services/org.freedesktop.portal.Desktop.service"
    service.parent.mkdir(parents=True)
    service.write_text("[D-BUS Service]\n")
    portal = tmp_path / "xdg-desktop-portal/portals/gnome.portal"
    portal.parent.mkdir(parents=True)
    portal.write_text("[portal]\nInterfaces=org.freedesktop.impl.portal.ScreenCast;\n")
    return tmp_path


def test_the_desktop_is_asked(data: Path) -> None:
    assert isinstance(screen.create(RecorderConfig()), QtSource)
    sources = system_sources(RecorderConfig(mic=None))
    assert sources.input is None
    assert sources.windows is None


@pytest.mark.parametrize(
    "changes",
    [{"display": 1}, {"display": None, "all_displays": True}, {"display": None, "region": Region(0, 0, 100, 100)},
     {"display": None, "window": "0x1"}],
    ids=["display", "all", "region", "window"],
)  # fmt: skip
def test_what_only_the_desktop_can_choose_is_refused(data: Path, changes: dict[str, object]) -> None:
    with pytest.raises(CaptureError) as caught:
        screen.create(RecorderConfig(**changes))  # type: ignore[arg-type]
    assert caught.value.code is CaptureCode.CHOICE_IS_THE_DESKTOPS


@pytest.mark.parametrize(
    ("gone", "named"),
    [("dbus-1/services/org.freedesktop.portal.Desktop.service", "xdg-desktop-portal"),
     ("xdg-desktop-portal/portals/gnome.portal", "back-end")],
)  # fmt: skip
def test_what_is_missing_is_named(data: Path, gone: str, named: str) -> None:
    (data / gone).unlink()
    found = permissions.sharing_availability()
    assert (found.ok, found.reason) == (False, CaptureCode.NO_SCREEN_SHARING)
    assert named in found.detail
    with pytest.raises(CaptureError) as caught:
        screen.create(RecorderConfig())
    assert caught.value.code is CaptureCode.NO_SCREEN_SHARING
    assert found.detail in code_sentence(caught.value.code, caught.value.detail)


def test_without_pipewire(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permissions, "_has_library", lambda _name: False)
    assert "libpipewire" in permissions.sharing_availability().detail


def test_doctor_tells(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    findings = {finding.name: finding for finding in doctor.examine()}
    assert findings["displays"].ok
    assert "desktop asks" in findings["displays"].summary
    assert not findings["permissions"].ok
    assert "moderato mark" in findings["permissions"].advice
    assert "recording bar" in findings["permissions"].advice
    monkeypatch.setattr(permissions, "_has_library", lambda _name: False)
    displays = next(finding for finding in doctor.examine() if finding.name == "displays")
    assert not displays.ok
    assert "libpipewire" in displays.advice
    assert not probe().is_screen_asked_for
