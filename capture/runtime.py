"""Where a live recorder can be found: a file only its owner can read, beside the socket it listens on."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from capture.errors import CaptureCode, CaptureError
from capture.fileio import FOLDER_MODE, ensure_private_folder, write_atomically
from capture.jsonvalue import JsonObject, dumps, get, loads_object

FAMILY = "AF_PIPE" if sys.platform == "win32" else "AF_UNIX"
MAX_ADDRESS = 100
"""Names of Unix sockets end at 108 bytes on Linux and 104 on macOS."""


@dataclass(frozen=True, slots=True)
class RuntimeInfo:
    """How to reach a recorder: `authkey` is what both sides prove to know."""

    address: str
    authkey: bytes
    pid: int
    bundle: Path


def runtime_dir() -> Path:
    """The folder of runtime files, made if it isn't there: of mode 0700, this user's own, and no link.

    Raises:
        CaptureError: RECORDER_START_FAILED if somebody else's folder is in its place.
    """
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base and len(os.fsencode(base)) + len("/moderato/") + 24 < MAX_ADDRESS and _is_ours(Path(base)):
        folder = Path(base) / "moderato"
    else:
        folder = Path(tempfile.gettempdir()) / f"moderato-{_user_id()}"
    try:
        ensure_private_folder(folder)
    except OSError as error:
        raise CaptureError(CaptureCode.RECORDER_START_FAILED, f"{folder}: {error.strerror}") from error
    if not _is_ours(folder):
        raise CaptureError(CaptureCode.RECORDER_START_FAILED, f"{folder} belongs to somebody else")
    if sys.platform != "win32":
        folder.chmod(FOLDER_MODE)
    return folder


def _user_id() -> str:
    return str(os.getuid()) if sys.platform != "win32" else "user"


def _is_ours(folder: Path) -> bool:
    if sys.platform == "win32":
        return folder.is_dir()  # below the user's own profile
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def new_address(folder: Path) -> str:
    """A fresh address to listen on."""
    name = secrets.token_hex(8)
    return rf"\\.\pipe\moderato-{name}" if sys.platform == "win32" else str(folder / f"{name}.sock")


def runtime_file(bundle: Path, authkey: bytes) -> Path:
    """The runtime file of one recorder; it exists while that listens. Two may be told to record into one bundle, and
    the one that is refused must not take the other's place."""
    return runtime_dir() / f"{_bundle_name(bundle)}-{hashlib.sha256(authkey).hexdigest()[:8]}.json"


def _bundle_name(bundle: Path) -> str:
    return hashlib.sha256(os.fsencode(bundle.absolute())).hexdigest()[:16]


def write_runtime(info: RuntimeInfo) -> Path:
    """Writes the file that `read_runtime` finds. Raises `OSError`."""
    path = runtime_file(info.bundle, info.authkey)
    value: JsonObject = {
        "v": 1,
        "address": info.address,
        "authkey": info.authkey.hex(),
        "pid": info.pid,
        "bundle": str(info.bundle.absolute()),
    }
    write_atomically(path, dumps(value).encode())
    return path


def read_runtime(path: Path) -> RuntimeInfo | None:
    """The content of a runtime file; `None` if there is none, or none that is ours and whole."""
    try:
        if sys.platform != "win32" and path.lstat().st_uid != os.getuid():
            return None
        source = loads_object(path.read_bytes())
        return RuntimeInfo(
            address=get(source, "address", str),
            authkey=bytes.fromhex(get(source, "authkey", str)),
            pid=get(source, "pid", int),
            bundle=Path(get(source, "bundle", str)),
        )
    except (OSError, ValueError):
        return None


def all_runtimes(bundle: Path | None = None) -> list[tuple[Path, RuntimeInfo]]:
    """Every runtime file (of a bundle) with its content, also of recorders that died."""
    pattern = "*.json" if bundle is None else f"{_bundle_name(bundle)}-*.json"
    try:
        files = sorted(runtime_dir().glob(pattern))
    except (OSError, CaptureError):
        return []
    return [(path, info) for path in files if (info := read_runtime(path)) is not None]


def remove_runtime(path: Path, address: str) -> None:
    """Removes a runtime file and its socket."""
    for name in [path] if sys.platform == "win32" else [path, Path(address)]:
        with contextlib.suppress(OSError):
            name.unlink(missing_ok=True)
