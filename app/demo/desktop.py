"""A private desktop: Xvfb, a window manager and a PulseAudio server that nothing of the user's can see.

The demo runs on one, and so do the tests. Standard library only; Linux only.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

SINK = "spk"
"""Name of the null sink that plays what the "computer" plays."""
MICROPHONE = "mic"
"""Name of the source that hears the sink: whatever is played into the sink is said into this microphone."""

PROGRAMS: Mapping[str, str] = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
}
"""Programs a private desktop needs, and the Debian package each comes in."""


class DesktopError(Exception):
    """The private desktop could not be started; the text says which part and why."""


def missing_programs() -> list[str]:
    """Names of the Debian packages whose programs are not on this machine."""
    return [package for program, package in PROGRAMS.items() if shutil.which(program) is None]


class PrivateDesktop:
    """Starts the three servers, holds the environment that reaches them, and ends them.

    `environ` is meant to be laid over `os.environ` (values) with `unset` taken away. Not thread-safe; use as a
    context manager or call `start` and `stop`.
    """

    def __init__(self, *, width: int = 1920, height: int = 1080, home: Path | None = None) -> None:
        self.width = width
        self.height = height
        self._home = home
        self._own_folder: Path | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self.environ: dict[str, str] = {}
        self.unset = (
            "WAYLAND_DISPLAY",
            "XAUTHORITY",
            "SESSION_MANAGER",
            "QT_QPA_PLATFORM",
            "PULSE_SINK",
            "PULSE_SOURCE",
        )

    def __enter__(self) -> PrivateDesktop:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def folder(self) -> Path:
        """Folder of the servers' sockets and logs (0700)."""
        if self._own_folder is None:
            raise DesktopError("the private desktop has not been started")
        return self._own_folder

    def start(self) -> None:
        """Starts display, window manager and sound server, and waits until each answers."""
        if lacking := missing_programs():
            raise DesktopError("not installed: " + ", ".join(lacking))
        self._own_folder = Path(tempfile.mkdtemp(prefix="mod-"))  # short: socket paths end at 108 characters
        home = self._home or self._own_folder / "home"
        runtime = self._own_folder / "run"
        for folder in (home, runtime):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.environ = {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / ".local" / "share"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_STATE_HOME": str(home / ".local" / "state"),
            "XDG_SESSION_TYPE": "x11",
            "PULSE_SERVER": f"unix:{runtime}/pulse/native",
            # Without an address libdbus starts a daemon of its own, which outlives us.
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "NO_AT_BRIDGE": "1",
        }
        try:
            self.environ["DISPLAY"] = self._start_display()
            self._start_window_manager()
            self.start_sound()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the servers, last started first, and removes their folder. May be called twice."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self._processes.clear()
        if self._own_folder is not None:
            shutil.rmtree(self._own_folder, ignore_errors=True)
            self._own_folder = None

    def adopt(self) -> None:
        """Makes this process, and what it starts from now on, live on this desktop."""
        for name in self.unset:
            os.environ.pop(name, None)
        os.environ.update(self.environ)
        os.environ["QT_QPA_PLATFORM"] = "xcb"

    def kill_sound(self) -> None:
        """Kills the sound server, as a crash would."""
        for process in self._processes:
            if isinstance(process.args, list) and process.args[0] == "pulseaudio" and process.poll() is None:
                process.kill()
                process.wait()

    def full_environ(self) -> dict[str, str]:
        """`os.environ` with this desktop laid over it."""
        result = {name: value for name, value in os.environ.items() if name not in self.unset}
        return result | self.environ

    def _spawn(self, name: str, command: list[str], *, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        with log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.full_environ(),
                start_new_session=True,  # Ctrl-C in the terminal is for us, not for the servers
                pass_fds=pass_fds,
            )
        self._processes.append(process)
        return process

    def _start_display(self) -> str:
        read_end, write_end = os.pipe()
        try:
            process = self._spawn(
                "xvfb",
                [
                    "Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{self.width}x{self.height}x24",
                    "-nolisten", "tcp", "-noreset", "+extension", "RANDR",
                ],
                pass_fds=(write_end,),
            )  # fmt: skip
        finally:
            os.close(write_end)
        with os.fdopen(read_end) as pipe:
            number = pipe.readline().strip()
        if not number or process.poll() is not None:
            raise DesktopError("the virtual display did not start: " + self._tail("xvfb"))
        return f":{number}"

    def _start_window_manager(self) -> None:
        process = self._spawn("openbox", ["openbox", "--sm-disable"])
        self._wait_until(
            lambda: (
                "_NET_SUPPORTING_WM_CHECK" in self._output(["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"])
                if shutil.which("xprop")
                else True
            ),
            process,
            "openbox",
        )

    def start_sound(self) -> None:
        """Starts the sound server (again), and waits until it answers."""
        process = self._spawn(
            "pulseaudio",
            [
                "pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "--system=false", "--use-pid-file=no", "-n",
                "-L", "module-native-protocol-unix",
                "-L", f"module-null-sink sink_name={SINK} rate=48000",
                "-L", f"module-remap-source master={SINK}.monitor source_name={MICROPHONE} "
                      "source_properties=device.description=Microphone",
            ],
        )  # fmt: skip
        self._wait_until(
            lambda: MICROPHONE in self._output(["pactl", "list", "short", "sources"]), process, "pulseaudio"
        )
        self._output(["pactl", "set-default-sink", SINK])
        self._output(["pactl", "set-default-source", MICROPHONE])

    def _output(self, command: list[str]) -> str:
        done = subprocess.run(command, env=self.full_environ(), capture_output=True, text=True, timeout=20, check=False)
        return done.stdout

    def _wait_until(self, ready: Callable[[], bool], process: subprocess.Popen[bytes], name: str) -> None:
        deadline = time.monotonic() + 30
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise DesktopError(f"{name} did not start: " + self._tail(name))
            time.sleep(0.05)

    def _tail(self, name: str) -> str:
        with contextlib.suppress(OSError):
            lines = (self.folder / f"{name}.log").read_text(errors="replace").strip().splitlines()
            return " / ".join(lines[-3:])
        return "no log"
