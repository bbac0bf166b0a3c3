"""Tokens: kept by the system's keyring, forgotten on request, and never in the study."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, NoKeyringError, PasswordDeleteError

from annotate.backlog import secrets
from annotate.backlog.plan import TargetConfig
from annotate.store import StudyStore

TOKEN = "sesame-open-1234"
BOARD = TargetConfig("", "jira", "Board", "https://jira.test", "UX", "ada@example.org", {})


class Ring(KeyringBackend):
    """A keyring in this test's memory, by keyring's own rules: no test may write to the one of whoever runs it."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.problem: Exception | None = None

    def _open(self) -> None:
        if self.problem is not None:
            raise self.problem

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        self.kept[service, username] = password

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        try:
            del self.kept[service, username]
        except KeyError:
            raise PasswordDeleteError("not found") from None


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    before = keyring.get_keyring()
    made = Ring()
    keyring.set_keyring(made)
    monkeypatch.setattr(secrets, "_memory", {})
    yield made
    keyring.set_keyring(before)


def restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_memory", {})


def test_the_keyring_keeps_it_from_one_start_to_the_next(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    assert secrets.token_of(BOARD) == ""
    assert secrets.keep(BOARD, TOKEN)
    assert ring.kept == {("moderato", "jira|https://jira.test|ada@example.org"): TOKEN}
    restarted(monkeypatch)
    assert secrets.token_of(BOARD) == TOKEN
    assert secrets.keep(BOARD, "another")
    restarted(monkeypatch)
    assert secrets.token_of(BOARD) == "another"


def test_forgotten_is_forgotten(ring: Ring) -> None:
    secrets.keep(BOARD, TOKEN)
    secrets.forget(BOARD)
    assert ring.kept == {}
    assert secrets.token_of(BOARD) == ""
    secrets.forget(BOARD)


@pytest.mark.parametrize("problem", [NoKeyringError("none"), KeyringLocked("locked"), OSError("gone")])
def test_without_a_keyring_it_lasts_until_the_end(
    ring: Ring, problem: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring.problem = problem
    assert not secrets.keep(BOARD, TOKEN)
    assert secrets.token_of(BOARD) == TOKEN
    restarted(monkeypatch)
    assert secrets.token_of(BOARD) == ""
    secrets.keep(BOARD, TOKEN)
    secrets.forget(BOARD)
    assert secrets.token_of(BOARD) == ""


@pytest.mark.parametrize(
    "other",
    [
        TargetConfig("", "jira", "Board", "https://other.test", "UX", "ada@example.org", {}),
        TargetConfig("", "jira", "Board", "https://jira.test", "UX", "bo@example.org", {}),
        TargetConfig("", "redmine", "Board", "https://jira.test", "UX", "ada@example.org", {}),
    ],
    ids=["host", "account", "kind"],
)
def test_a_token_is_for_one_account_of_one_server(ring: Ring, other: TargetConfig) -> None:
    secrets.keep(BOARD, TOKEN)
    assert secrets.token_of(other) == ""
    secrets.forget(other)
    assert secrets.token_of(BOARD) == TOKEN


def test_it_is_in_no_file_of_the_study(ring: Ring, tmp_path: Path) -> None:
    path = tmp_path / "Shop.moderato"
    with StudyStore.create(path, "Shop", author="Ada") as store:
        config = store.put_target(BOARD)
        secrets.keep(config, TOKEN)
        issue = store.add_issue("x")[0]
        store.links(config.id).sending(issue.id, "x", {})
        assert secrets.token_of(store.targets()[0]) == TOKEN, "what the study keeps of the target finds it"
        assert TOKEN not in repr(config)
        files = [one for one in tmp_path.rglob("*") if one.is_file()]
        assert files
        assert [one for one in files if TOKEN.encode() in one.read_bytes()] == []
    assert [one for one in tmp_path.rglob("*") if one.is_file() and TOKEN.encode() in one.read_bytes()] == []
    assert list(ring.kept.values()) == [TOKEN]
