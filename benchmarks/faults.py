"""`python -m benchmarks.faults [--all]`: makes every fault happen for real, and prints what became of the recording.

The faults are tests; this runs them (the development set-up is needed, pytest above all) and makes one table of them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parent.parent
_CAPTURE = "tests/integration/capture/"
_CLI = "tests/integration/cli/"

FAULTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("recorder killed at random moments", (_CAPTURE + "test_kills.py",)),
    ("app killed, and attached again", (_CAPTURE + "test_survival.py::test_killed_app_leaves_the_recording_running",)),
    ("nobody comes back", (_CAPTURE + "test_survival.py::test_recording_that_nobody_watches_ends_by_itself",)),
    (
        "X server gone, and back",
        (
            _CAPTURE + "test_faults.py::test_display_gone_leaves_the_sound",
            _CAPTURE + "test_x11_source.py::test_server_gone_and_back",
        ),
    ),
    ("Wayland's Qt gone with its server", (_CAPTURE + "test_qt_source.py::test_a_desktop_that_goes_leaves_the_sound",)),
    (
        "disk full, slowly and at once",
        (
            _CAPTURE + "test_faults.py::test_full_disk_ends_cleanly",
            _CAPTURE + "test_faults.py::test_disk_filled_at_once_leaves_what_can_be_recovered",
            _CAPTURE + "test_disk_full.py::test_no_space_left_ends_with_a_whole_file",
        ),
    ),
    ("folder removed or renamed", (_CAPTURE + "test_disk_full.py::test_folder_gone_is_no_full_disk",)),
    (
        "microphone gone, and back",
        (_CAPTURE + "test_faults.py::test_microphone_removed_the_default_one_stands_in_until_it_is_back",),
    ),
    (
        "microphone says nothing any more",
        (
            _CAPTURE + "test_recorder_faults.py::test_microphone_that_says_nothing_any_more_is_noticed",
            _CAPTURE + "test_faults.py::test_digital_silence_is_told",
            _CAPTURE + "test_alarms_live.py::test_a_flat_microphone_is_told_and_taken_back",
        ),
    ),
    ("sound server restarted", (_CAPTURE + "test_faults.py::test_sound_server_killed_and_started_again",)),
    ("encoder too slow", (_CAPTURE + "test_recorder_faults.py::test_slow_encoder_drops_pictures_but_no_sound",)),
    (
        "camera unplugged, or hanging",
        (
            _CAPTURE + "test_camera.py::test_an_unplugged_camera_is_a_slate_until_it_is_back",
            _CAPTURE + "test_camera.py::test_a_hanging_camera_holds_up_nothing",
        ),
    ),
    (
        "two recorders on one study, on one recording",
        (
            _CLI + "test_one_study.py::test_two_recorders_on_one_study_keep_both_sessions",
            _CAPTURE + "test_process.py::test_second_recorder_on_a_bundle_is_refused_and_harms_nothing",
        ),
    ),
    (
        "read-only folder",
        (
            _CLI + "test_one_study.py::test_a_read_only_study_is_told_and_left_as_it_is",
            _CLI + "test_one_study.py::test_a_recording_on_a_read_only_disk_is_read_and_not_mended",
        ),
    ),
    ("wall clock set back an hour", (_CAPTURE + "test_recorder.py::test_wall_clock_set_back_leaves_one_time_line",)),
    (
        "suspended, stopped, slow to start",
        (_CAPTURE + "test_time_faults.py",),
    ),
    (
        "sound clock 300 ppm off",
        (_CAPTURE + "test_recorder.py::test_drifting_sound_clock_stays_in_step",),
    ),
    ("signals TERM, INT, HUP", (_CAPTURE + "test_survival.py::test_signals_end_cleanly",)),
    (
        "recording cut or flipped anywhere",
        (
            _CAPTURE + "test_recover_fuzz.py",
            _CAPTURE + "test_recovery.py::test_torn_and_flipped_media_never_gets_worse",
        ),
    ),
    ("private pause, searched in every byte", (_CAPTURE + "test_pause_proof.py",)),
    ("what was not agreed to", (_CAPTURE + "test_faults.py::test_voice_without_consent_is_not_recorded",)),
)
"""What is made to happen, and the tests that do it."""


@dataclass(slots=True)
class Outcome:
    """What the tests of a fault said."""

    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)
    seconds: float = 0.0
    figures: list[str] = field(default_factory=list)

    @property
    def word(self) -> str:
        """One word for the table."""
        if self.failed:
            return "MISSED"
        return "held" if self.passed else "not tried"


def read_results(report: Path) -> list[Outcome]:
    """What a junit report of the tests of `FAULTS` says, fault by fault."""
    cases = [(_id_of(case), case) for case in ET.parse(report).getroot().iter("testcase")]
    outcomes = []
    for _, tests in FAULTS:
        outcome = Outcome()
        for name, case in cases:
            if any(name == test or name.startswith((test + "::", test + "[")) for test in tests):
                _add(outcome, case)
        outcomes.append(outcome)
    return outcomes


def _id_of(case: ET.Element) -> str:
    """As pytest's own: path::name[parameters]."""
    return case.get("classname", "").replace(".", "/") + ".py::" + case.get("name", "")


def _add(outcome: Outcome, case: ET.Element) -> None:
    outcome.seconds += float(case.get("time", "0"))
    if case.find("failure") is not None or case.find("error") is not None:
        outcome.failed += 1
    elif (skipped := case.find("skipped")) is not None:
        if "dev.py test --all" not in (why := skipped.get("message", "")):
            outcome.skipped.append(why)
    else:
        outcome.passed += 1
    outcome.figures += [one.get("value", "") for one in case.iter("property") if one.get("name") == "seen"]


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Lines for people."""
    width = max(len(words) for words, _ in FAULTS)
    lines = []
    for (words, _), outcome in zip(FAULTS, outcomes, strict=True):
        facts = [*outcome.figures, *(f"not tried here: {why}" for why in dict.fromkeys(outcome.skipped))]
        tries = f"{outcome.passed} of {outcome.passed + outcome.failed}"
        lines.append(
            f"  {words:<{width}}  {outcome.word:9}  {tries:>8}  {outcome.seconds:6.0f} s  {'; '.join(facts)}".rstrip()
        )
    return lines


def main() -> int:
    """Entry of the command; 1 if something was lost that must not be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument(
        "--all", action="store_true", help="also what is long: 100 kills, 1000 damages, two hours of drift"
    )
    options = parser.parse_args()
    tests = [test for _, tests in FAULTS for test in tests]
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="moderato-faults-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        # xunit1 is the form that keeps the figures which tests record.
        command += ["-o", "junit_family=xunit1", f"--junit-xml={report}"]
        done = subprocess.run([*command, *(["--all"] if options.all else []), *tests], cwd=ROOT, check=False)
        if not report.exists():
            print("The tests could not be run: set up with `python3 installer/dev.py test` once.")
            return 1
        outcomes = read_results(report)
    print(f"\nWhat became of the recording ({time.monotonic() - begun:.0f} s)")
    print("\n".join(table(outcomes)))
    return 1 if done.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
