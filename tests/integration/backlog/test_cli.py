"""`moderato targets` and `moderato export --to TARGET`: the whole way without a window, and killed on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from annotate.store import StudyStore
from tests.helpers.jira_server import Jira, Server

TOKEN = "sesame-open-5678"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def jira() -> Iterator[Jira]:
    with Server(Jira(token=TOKEN)) as site:
        yield site
        assert site.violations == []


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "Shop.moderato"
    with StudyStore.create(folder, "Shop", author="Ada") as store:
        session = store.register_recording("P01", store.sessions_dir / "one")
        store.update_session(session.id, duration_ns=600_000_000_000, state="recorded")
        for number, title in enumerate(("Buy gives no feedback", "Sum is hidden", "Back loses the cart"), 1):
            seen, _ = store.add_observation(session.id, t_start_ns=number * 43_000_000_000, body="Clicks thrice")
            store.add_issue(title, severity=3, observation_ids=[seen.id])
    return folder


def command(tmp_path: Path, *arguments: object) -> list[str]:
    base = ("--temp-basedir", tmp_path / "base")
    return [sys.executable, "-m", "app", *map(str, (*base, *arguments))]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command, the token on its standard input; there is no keyring."""

    def go(*arguments: object, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}
        return subprocess.run(
            command(tmp_path, *arguments), input=token + "\n", capture_output=True, text=True, timeout=120,
            env=environment, check=False,
        )  # fmt: skip

    return go


@pytest.fixture
def board(run: Run, study: Path, jira: Jira) -> str:
    done = run(
        "targets", "add", study, "Board", "--kind", "jira", "--url", jira.url, "--project", "UX",
        "--account", "ada@example.org", "--token-stdin",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "no keyring" in done.stderr
    return "Board"


def test_from_set_up_to_the_second_export(run: Run, study: Path, board: str, jira: Jira, tmp_path: Path) -> None:
    assert "Board  (jira:" in run("targets", "list", study).stdout
    told = run("targets", "test", study, board, "--token-stdin")
    assert (told.returncode, "Signed in as Ada" in told.stdout) == (0, True)

    dry = run("export", study, "--to", board, "--dry-run", "--token-stdin")
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout.endswith("Dry run: 3 new. Nothing was sent.\n")
    assert jira.issues == {}

    sent = run("export", study, "--to", board, "--token-stdin")
    assert sent.returncode == 0, sent.stderr
    assert "1 Buy gives no feedback: made: UX-1" in sent.stdout
    assert sent.stdout.endswith("3 made\n")
    again = run("export", study, "--to", "board", "--token-stdin")
    assert again.stdout.endswith("3 unchanged\n")
    assert len(jira.issues) == 3
    description = json.dumps(jira.issues["10000"]["fields"]["description"])
    assert "Session P01 at 00:43: Clicks thrice" in description
    assert "Found by 1 of 1 participants" in description

    jira.issues["10000"]["fields"]["status"] = {"name": "Done"}
    plan = json.loads(run("export", study, "--to", board, "--dry-run", "--json", "--token-stdin").stdout)
    assert [one["status"] for one in plan] == ["Done", "To Do", "To Do"]
    assert run("targets", "remove", study, board).returncode == 0
    listed = run("targets", "list", study).stdout
    assert "No target" in listed
    assert "--url --account --project [--set issue_type=…]" in listed, "as the options are called"


def test_the_token_is_nowhere(run: Run, study: Path, board: str, jira: Jira, tmp_path: Path) -> None:
    """Not in a file of the study or the app, not in what is printed, also when the tracker says it back."""
    seen: list[str] = []

    def look(_count: int) -> None:
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    seen.append((folder / "cmdline").read_bytes().decode(errors="replace"))
                except OSError:
                    continue

    jira.made = look
    printed = [run("export", study, "--to", board, "--token-stdin")]
    jira.fault = lambda _m, _p, _n: (401, {})
    printed.append(run("export", study, "--to", board, "--token-stdin"))
    jira.fault = lambda _m, _p, _n: (500, {})
    printed.append(run("targets", "test", study, board, "--token-stdin", token="wrong"))
    assert [one.returncode for one in printed] == [0, 1, 1]
    assert len(seen) > 3
    assert not any(TOKEN in one for one in seen), "the process list"
    assert not any(TOKEN in one.stdout + one.stderr for one in printed)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert TOKEN.encode() not in file.read_bytes(), file


@pytest.mark.parametrize("when", [1, 3])
def test_killed_between_the_request_and_the_note(
    run: Run, study: Path, board: str, jira: Jira, tmp_path: Path, when: int
) -> None:
    """`kill -9` after the server made the issue and before anybody could write that down."""
    process = subprocess.Popen(
        command(tmp_path, "export", study, "--to", board, "--token-stdin"),
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    jira.made = lambda count: os.kill(process.pid, signal.SIGKILL) if count == when else None
    process.communicate(TOKEN + "\n", timeout=120)
    assert process.returncode == -signal.SIGKILL
    assert len(jira.issues) == when
    jira.made = lambda _count: None
    again = run("export", study, "--to", board, "--token-stdin")
    assert again.returncode == 0, again.stderr
    assert len(jira.issues) == 3
    assert run("export", study, "--to", board, "--token-stdin").stdout.endswith("3 unchanged\n")
    titles = [one["fields"]["summary"] for one in jira.issues.values()]
    assert len(set(titles)) == 3


def test_a_file_for_the_importer(run: Run, study: Path, tmp_path: Path) -> None:
    assert run("targets", "add", study, "CSV", "--kind", "jira-csv").returncode == 0
    refused = run("export", study, "--to", "CSV")
    assert (refused.returncode, "--out" in refused.stderr) == (1, True)
    done = run("export", study, "--to", "CSV", "--out", tmp_path / "jira.csv")
    assert done.stdout.endswith("3 written\n"), done.stderr
    assert (tmp_path / "jira.csv").read_text().startswith('"Summary","Issue Type","Priority","Description","Labels"')
    assert run("export", study, "--to", "CSV", "--out", tmp_path / "b.csv").stdout.endswith("3 unchanged\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--kind", "trello"), "no kind of target called trello"),
        (("--kind", "jira", "--project", "UX"), "still has to be told: --url"),
        (("--kind", "redmine", "--project", "ux", "--url", "http://tracker.test"), "https"),
        (("--kind", "github", "--project", "a/b", "--set", "nonsense"), "cannot be used: nonsense"),
        (("--kind", "redmine", "--project", "u", "--url", "https://t.test", "--set", "markup=html"), "markup"),
    ],
)
def test_what_cannot_be_set_up_is_told_in_one_line(
    run: Run, study: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = run("targets", "add", study, "X", *arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unknown_target(run: Run, study: Path) -> None:
    done = run("export", study, "--to", "nowhere")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "nowhere" in done.stderr


def test_nobody_answers(run: Run, study: Path, board: str, jira: Jira, monkeypatch: pytest.MonkeyPatch) -> None:
    with StudyStore.open(study, author="Ada") as store:
        import dataclasses

        config = store.target(board)
        store.put_target(dataclasses.replace(config, mapping={**config.mapping, "ca_file": "/nowhere.pem"}))
    done = run("targets", "test", study, board, "--token-stdin")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "/nowhere.pem" in done.stderr
