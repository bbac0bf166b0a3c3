"""The search index: what is found, what is narrowed, how it follows the studies, and what it forgets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.errors import StudyCode
from annotate.library import FacetKind, ItemKind, Library
from annotate.models import NewTask, Session
from annotate.search import Query, search
from annotate.store import StudyStore
from transcribe.models import Role, Segment, Transcript, Voice

SECOND = 1_000_000_000


def talk(store: StudyStore, code: str, *texts: str, name: str = "t") -> Session:
    """A session with what moderator and participant say in turn, ten seconds each."""
    session = store.register_recording(code, store.sessions_dir / code, started_utc="2026-09-01T10:00:00+00:00")
    segments = tuple(
        Segment(10 * n * SECOND, (10 * n + 9) * SECOND, f" {text}", voice=n % 2) for n, text in enumerate(texts)
    )
    voices = (Voice(Role.MODERATOR), Voice(Role.PARTICIPANT))
    store.put_transcript(
        session.id, Transcript(f"{name}-{code}", "mic", "tiny.en", "en", segments, True, 9**18, voices=voices)
    )
    return session


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[StudyStore]:
    with StudyStore.create(tmp_path / "Shop", "Shop", author="Ada", tasks=[NewTask("Buy a ticket")]) as store:
        first = talk(
            store, "P01", "Where would you pay?", "I don't see the cart, über all.", "Tell me more.", "The cart!"
        )
        talk(store, "P02", "Where is the cart?", "Where the price is.")
        with store._db.write() as tx:
            run = {"id": "r", "session_id": first.id, "task_id": store.tasks()[0].id}
            tx.insert("task_run", {**run, "t_start_ns": 5 * SECOND, "t_end_ns": 25 * SECOND})
        store.add_observation(first.id, t_start_ns=12 * SECOND, body="Did not see the cart")
        store.ensure_issue("The cart is hidden")
        yield store


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "data" / "library.sqlite3") as index:
        yield index


def found(library: Library, text: str, **filters: object) -> list[str]:
    hits = search(library, Query(text, **filters)).hits  # type: ignore[arg-type]
    assert all(hit.text[a:b] for hit in hits for a, b in hit.spans)
    return [hit.text for hit in hits]


def test_words_phrases_and_beginnings(shop: StudyStore, library: Library) -> None:
    library.update([shop.folder])
    assert found(library, "WHERE cart") == ["Where is the cart?"]
    assert found(library, '"the price"') == ["Where the price is."]
    assert found(library, '"price the"') == []
    assert found(library, "tick*", kinds=(ItemKind.SPEECH,)) == []
    assert len(found(library, "whe*")) == 3
    assert len(found(library, "whe")) == 0
    assert len(found(library, "whe", unfinished=True)) == 3
    assert found(library, "uber") == ["I don't see the cart, über all."]
    assert found(library, "don't") == ["I don't see the cart, über all."]


def test_hit_tells_where_it_is(shop: StudyStore, library: Library) -> None:
    library.update([shop.folder])
    (hit,) = search(library, Query("über")).hits
    assert (hit.study, hit.participant, hit.kind, hit.t_start_ns) == ("Shop", "P01", ItemKind.SPEECH, 10 * SECOND)
    assert (hit.speaker, hit.role, hit.task) == ("P01", "participant", "Buy a ticket")
    assert [hit.text[a:b] for a, b in hit.spans] == ["über"]
    assert shop.session(hit.session_id or "").participant_code == "P01"


def test_filters_narrow(shop: StudyStore, library: Library) -> None:
    library.update([shop.folder])
    assert len(found(library, "cart")) == 5
    assert found(library, "cart", kinds=(ItemKind.OBSERVATION, ItemKind.ISSUE)) == [
        "Did not see the cart",
        "The cart is hidden",
    ]
    assert found(library, "cart", speakers=("Moderator",)) == ["Where is the cart?"]
    assert found(library, "cart", speakers=("p01",)) == ["I don't see the cart, über all.", "The cart!"]
    assert found(library, "cart", tasks=("buy a  ticket",), kinds=(ItemKind.SPEECH,)) == [
        "I don't see the cart, über all."
    ]
    assert found(library, "cart", participants=("P02",), studies=("shop",)) == ["Where is the cart?"]
    assert found(library, "cart", studies=("Another",)) == []
    assert library.facets(FacetKind.PARTICIPANT) == ["P01", "P02"]
    assert library.facets(FacetKind.TASK) == ["Buy a ticket"]


def test_limit_keeps_sessions_together_and_counts_the_rest(shop: StudyStore, library: Library) -> None:
    talk(shop, "P03", *(["cart"] * 30))
    library.update([shop.folder])
    results = search(library, Query("cart"), 10)
    assert (len(results.hits), results.total) == (10, 35)
    assert {hit.participant for hit in results.hits} == {"P03"}
    assert [hit.t_start_ns for hit in results.hits] == sorted(hit.t_start_ns for hit in results.hits)


def test_follows_what_changes_and_reads_nothing_twice(shop: StudyStore, library: Library) -> None:
    assert library.update([shop.folder]).sessions == 3  # the issues are a part of their own
    again = library.update()
    assert (again.studies, again.sessions) == (0, 0)
    session = talk(shop, "P03", "A brand new word: zebra")
    assert library.update().sessions == 1
    assert found(library, "zebra") != []
    with shop._db.write() as tx:
        tx.delete("session", (("id", session.id),))
    library.update()
    assert found(library, "zebra") == []
    assert library.facets(FacetKind.PARTICIPANT) == ["P01", "P02"]


def test_renamed_speaker_is_found_by_the_new_name(shop: StudyStore, library: Library) -> None:
    library.update([shop.folder])
    moderator = next(each for each in shop.speakers(shop.sessions()[0].id) if each.role is Role.MODERATOR)
    shop.update_speaker(moderator.id, name="Grace")
    library.update()
    assert found(library, "pay", speakers=("grace",)) == ["Where would you pay?"]


def test_study_that_is_gone_leaves_no_word_and_is_told(shop: StudyStore, library: Library, tmp_path: Path) -> None:
    library.update([shop.folder])
    folder = shop.folder
    shop.close()
    kept = tmp_path / "elsewhere.moderato"
    shutil.move(folder, kept)
    (problem,) = library.update().problems
    assert (problem.folder, problem.name, problem.problem) == (folder, "Shop", StudyCode.STUDY_MISSING)
    assert found(library, "cart") == []
    library.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"price" not in library.path.read_bytes()
    assert library.update([kept]).problems == ()  # moved: the old place is not missed any more
    assert len(found(library, "cart")) == 5


def test_study_that_cannot_be_read_is_told_and_does_not_stop_the_others(
    shop: StudyStore, library: Library, tmp_path: Path
) -> None:
    broken = tmp_path / "Broken.moderato"
    broken.mkdir()
    (broken / "study.sqlite3").write_bytes(b"not a study")
    report = library.update([broken, shop.folder])
    assert [each.problem for each in report.problems] == [StudyCode.STUDY_BROKEN]
    assert found(library, "price") != []
    library.forget(broken)
    assert library.update().problems == ()


@pytest.mark.parametrize("damage", [b"not a database at all", b"SQLite format 3\x00" + b"\xff" * 5000])
def test_damaged_index_is_begun_anew(shop: StudyStore, tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "library.sqlite3"
    path.write_bytes(damage)
    with Library(path) as library:
        library.update([shop.folder])
        assert found(library, "price") != []
    assert path.stat().st_mode & 0o777 == 0o600


def test_rebuilt_from_the_studies(shop: StudyStore, library: Library) -> None:
    library.update([shop.folder])
    library.connection.execute("DELETE FROM item")
    assert found(library, "cart") == []
    assert library.rebuild().studies == 1
    assert len(found(library, "cart")) == 5


@pytest.fixture(scope="module")
def empty_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index") / "library.sqlite3"


@given(text=st.text(max_size=40) | st.text(alphabet='"*():{}^-+ abcANDORNOTNEAR\0', max_size=30))
@settings(max_examples=200)
def test_no_query_is_taken_for_a_command(empty_index: Path, text: str) -> None:
    with Library(empty_index) as library:
        search(library, Query(text))
        search(library, Query(text, unfinished=True, speakers=(text,)))
