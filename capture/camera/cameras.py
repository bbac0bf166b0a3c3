"""The cameras of this machine, by what the system knows of them; none is opened, as that would light its lamp."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

_SYSFS = Path("/sys/class/video4linux")
_FORMATS = {"win32": "dshow", "darwin": "avfoundation"}


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera; `id` is what a `RecorderConfig` names it by: "/dev/video0" on Linux, else its number in the list."""

    id: str
    name: str


def list_cameras() -> tuple[Camera, ...]:
    """All cameras; none if the system can't be asked. Never raises."""
    return _of_sysfs(_SYSFS) if sys.platform.startswith("linux") else _of_libav(_FORMATS.get(sys.platform, ""))


def _of_sysfs(folder: Path) -> tuple[Camera, ...]:
    """A device with several nodes (a webcam's second one carries no pictures) counts once: its node of index 0."""
    found = []
    for node in sorted(folder.glob("video*"), key=lambda node: (len(node.name), node.name)):
        try:
            name = (node / "name").read_text(errors="replace").strip()
            index = (node / "index").read_text().strip()
        except OSError:
            continue
        if index == "0":
            found.append(Camera(f"/dev/{node.name}", name))
    return tuple(found)


def _of_libav(api: str) -> tuple[Camera, ...]:
    """Windows and macOS: in the order in which OpenCV counts the cameras of the same system interface."""
    import av
    from av.device import enumerate_input_devices

    try:
        devices = enumerate_input_devices(api)
    except (av.FFmpegError, ValueError, NotImplementedError):
        return ()
    videos = [device for device in devices if "video" in device.media_types]
    return tuple(Camera(str(number), device.description) for number, device in enumerate(videos))
