"""A small study for the tests of `annotate`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotate.models import NewTask, Session
from annotate.store import StudyStore

SECOND = 1_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "Shop.moderato"


@pytest.fixture
def store(folder: Path) -> Iterator[StudyStore]:
    """A study with two tasks and the usual tags."""
    tasks = [NewTask("Find the invoice", expected_ns=180 * SECOND), NewTask("Pay")]
    with StudyStore.create(folder, "Shop", author="Ada", tasks=tasks) as made:
        yield made


@pytest.fixture
def session(store: StudyStore) -> Session:
    """A session of 600 s."""
    made = store.register_recording("P01", store.sessions_dir / "one")
    store.update_session(made.id, duration_ns=600 * SECOND, state="recorded")
    return store.session(made.id)
