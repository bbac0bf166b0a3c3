"""Correcting a transcript: words keep their times, the original is kept, and every step can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate._realign import TimedWord, realigned
from annotate.changes import ChangeSet
from annotate.errors import StudyCode, StudyError
from annotate.models import Session
from annotate.store import StudyStore
from annotate.voices import alike_to_label
from transcribe.models import Flag, Role, Segment, Transcript, Voice, Word

SECOND = 1_000_000_000
VOICES = (Voice(Role.MODERATOR), Voice(Role.PARTICIPANT))


def segment(start: int, text: str, voice: int | None = None, flags: tuple[Flag, ...] = ()) -> Segment:
    """A segment whose words are said in a second each."""
    words = tuple(
        Word((start + n) * SECOND, (start + n + 1) * SECOND, f" {word}", 0.9) for n, word in enumerate(text.split())
    )
    return Segment(start * SECOND, (start + len(words)) * SECOND, f" {text}", words, voice=voice, flags=flags)


HEARD = (
    segment(0, "I would look in the car", 1),
    segment(10, "Thank you for watching", 1, (Flag.NO_SPEECH,)),
    segment(20, "Why in the car", 0),
    segment(30, "It is where it always is", 1),
)
TRANSCRIPT = Transcript("t1", "mic", "tiny.en", "en", HEARD, True, 40 * SECOND, voices=VOICES)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StudyStore]:
    with StudyStore.create(tmp_path / "S", "S", author="Ada") as made:
        yield made


@pytest.fixture
def session(store: StudyStore) -> Session:
    made = store.register_recording("P01", store.sessions_dir / "s")
    store.put_transcript(made.id, TRANSCRIPT)
    return made


def texts(store: StudyStore, session: Session) -> list[str]:
    return [one.text.strip() for one in store.segments(session.id)]


def words(store: StudyStore, segment_id: int, session: Session) -> list[tuple[float, float, str]]:
    return [
        (word.t_start_ns / SECOND, word.t_end_ns / SECOND, word.text.strip())
        for word in store.words(session.id)
        if word.segment_id == segment_id
    ]


def everything(store: StudyStore) -> list[tuple[object, ...]]:
    """What a transcript is, without the stamps."""
    left_out = {"updated_utc", "created_utc"}
    return [
        tuple(value for name, value in dict(row).items() if name not in left_out)
        for table in ("transcript", "segment", "word")
        for row in store._db.all(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
    ]


# -- words ----------------------------------------------------------------------------------------------------------


def test_changed_words_share_the_gap_and_the_others_keep_their_times(store: StudyStore, session: Session) -> None:
    first = store.segments(session.id)[0]
    store.set_text(first.id, "I would look in the shopping cart")
    assert words(store, first.id, session) == [
        (0, 1, "I"),
        (1, 2, "would"),
        (2, 3, "look"),
        (3, 4, "in"),
        (4, 5, "the"),
        (5, pytest.approx(5 + 8 / 12), "shopping"),
        (pytest.approx(5 + 8 / 12), 6, "cart"),
    ]
    edited = store.segments(session.id)[0]
    assert (edited.original, edited.verified_by) == ("I would look in the car", "Ada")


said = st.lists(st.sampled_from(["a", "b", "c", "dd", "ee", "fff", "don't", "Well,", "x.", "2", "–"]), max_size=12)


@given(said, said)
def test_realigned(old: list[str], new: list[str]) -> None:
    timed = [TimedWord(n * 10 + 1, n * 10 + 9, f" {word}", 0.5) for n, word in enumerate(old)]
    result = realigned(timed, " ".join(new), 0, len(old) * 10 + 5)
    assert [word.text.strip() for word in result] == new
    starts = [word.t_start_ns for word in result]
    assert starts == sorted(starts)
    assert all(0 <= word.t_start_ns <= word.t_end_ns <= len(old) * 10 + 5 for word in result)
    assert realigned(timed, " ".join(old), 0, 10**6) == timed
    for word in result:
        if word.probability is not None:  # kept: it was said just then
            assert (word.t_start_ns, word.t_end_ns) in [(each.t_start_ns, each.t_end_ns) for each in timed]


def test_pieces_of_words_and_texts_without_spaces() -> None:
    pieces = [TimedWord(0, 5, " don", 0.9), TimedWord(5, 9, "'t", 0.4), TimedWord(9, 12, " know", 0.9)]
    assert realigned(pieces, "Don't know!", 0, 12) == [TimedWord(0, 9, " Don't", 0.4), TimedWord(9, 12, " know!", 0.9)]
    heard = [TimedWord(0, 10, "探す", 0.9), TimedWord(10, 20, "場所", 0.9)]
    result = realigned(heard, "探る場所", 0, 20)
    assert "".join(word.text for word in result) == "探る場所"
    assert [(word.t_start_ns, word.t_end_ns) for word in result] == [(0, 5), (5, 10), (10, 15), (15, 20)]


# -- steps ----------------------------------------------------------------------------------------------------------


def test_split_and_join_keep_times_and_are_undone(store: StudyStore, session: Session) -> None:
    before = everything(store)
    first = store.segments(session.id)[0]
    new_id, split = store.split_segment(first.id, len("I would look"))
    assert texts(store, session)[:2] == ["I would look", "in the car"]
    left, right = store.segments(session.id)[:2]
    assert (left.t_end_ns, right.t_start_ns, right.t_end_ns) == (3 * SECOND, 3 * SECOND, 6 * SECOND)
    assert right.speaker_id == left.speaker_id
    assert words(store, new_id, session)[0] == (3, 4, "in")
    joined = store.join_segments([left.id, right.id])
    assert texts(store, session)[0] == "I would look in the car"
    assert words(store, left.id, session) == [
        (n, n + 1, w) for n, w in enumerate(["I", "would", "look", "in", "the", "car"])
    ]
    store.apply_inverse(joined)
    store.apply_inverse(split)
    assert everything(store) == before


def test_split_with_nothing_on_one_side_is_refused(store: StudyStore, session: Session) -> None:
    first = store.segments(session.id)[0]
    for place in (0, 1, 500):
        with pytest.raises(StudyError) as refused:
            store.split_segment(first.id, place if place != 1 else 0)
        assert refused.value.code is StudyCode.VALUE_INVALID


def test_splitting_makes_nothing_right_and_joining_keeps_the_doubt(store: StudyStore, session: Session) -> None:
    first, doubtful, *_ = store.segments(session.id)
    store.split_segment(doubtful.id, len("Thank you"))
    assert [one.quotable for one in store.segments(session.id)] == [True, False, False, True, True]
    store.join_segments([one.id for one in store.segments(session.id)[:3]])
    assert not store.segments(session.id)[0].quotable
    store.verify_segments([first.id])
    assert store.segments(session.id)[0].quotable


def test_original_comes_back_whole_after_all_that_was_made_of_it(store: StudyStore, session: Session) -> None:
    heard = [(one.text, one.t_start_ns, one.t_end_ns, one.flags) for one in store.segments(session.id)]
    first, second, *_ = store.segments(session.id)
    store.set_text(first.id, "I look in the shopping cart")
    new_id, _ = store.split_segment(first.id, len("I look"))
    store.join_segments([new_id, second.id])
    store.set_text(new_id, "in the cart, thanks")
    assert store.segments(session.id)[1].original == "I would look in the car Thank you for watching"
    change = store.restore_original(new_id)
    assert [(one.text, one.t_start_ns, one.t_end_ns, one.flags) for one in store.segments(session.id)] == heard
    assert all(one.original is None and one.verified_by is None for one in store.segments(session.id))
    assert [w for *_, w in words(store, store.segments(session.id)[0].id, session)] == HEARD[0].text.split()
    store.apply_inverse(change)
    assert texts(store, session)[:2] == ["I look", "in the cart, thanks"]


def test_removed_text_is_not_said_any_more_and_can_be_put_back(store: StudyStore, session: Session) -> None:
    doubtful = store.segments(session.id)[1]
    store.set_text(doubtful.id, "  ")
    assert (store.segments(session.id)[1].text, store.segments(session.id)[1].original) == ("", doubtful.text.strip())
    assert words(store, doubtful.id, session) == []
    store.restore_original(doubtful.id)
    assert store.segments(session.id)[1] == doubtful


def test_find_and_replace(store: StudyStore, session: Session) -> None:
    before = everything(store)
    count, change = store.replace_text(session.id, "CAR", "cart", whole_words=True)
    assert count == 2
    assert texts(store, session)[0] == "I would look in the cart"
    assert texts(store, session)[2] == "Why in the cart"
    assert store.replace_text(session.id, "car", "x", whole_words=True)[0] == 0
    assert store.replace_text(session.id, "IT", "x", match_case=True)[0] == 0
    assert store.replace_text(session.id, "in  the", r"\1 (.*")[0] == 2
    assert r"\1 (.*" in texts(store, session)[0]
    store.replace_text(session.id, r"\1 (.*", "in the")
    store.replace_text(session.id, "cart", "car", whole_words=True)
    assert change.tables == {"segment", "word", "transcript"}
    with pytest.raises(StudyError):
        store.replace_text(session.id, "  ", "x")
    assert texts(store, session) == [one.text.strip() for one in HEARD]
    assert before != everything(store)  # all of it was listened to now


def test_verified_text_may_be_quoted(store: StudyStore, session: Session) -> None:
    doubtful = store.segments(session.id)[1]
    assert not doubtful.quotable
    change = store.verify_segments([doubtful.id])
    assert store.segments(session.id)[1].quotable
    assert store.segments(session.id)[1].verified_by == "Ada"
    store.apply_inverse(change)
    assert not store.segments(session.id)[1].quotable


def test_speaker_of_all_like_it_where_no_voices_were_kept(store: StudyStore, session: Session) -> None:
    moderator, participant = store.speakers(session.id)
    last = store.segments(session.id)[3]
    store.set_speaker([last.id], participant.id)
    store.set_speaker(alike_to_label(store, session.id, store.segments(session.id)[0].id), moderator.id)
    assert [one.speaker_id == moderator.id for one in store.segments(session.id)] == [True, True, True, False]


# -- what comes later -----------------------------------------------------------------------------------------------


def edit_everything(store: StudyStore, session: Session) -> list[str]:
    first, second, third, fourth = store.segments(session.id)
    store.set_text(first.id, "I would look in the cart")
    store.set_text(second.id, "")
    store.split_segment(third.id, len("Why"))
    store.join_segments([store.segments(session.id)[3].id, fourth.id])
    return texts(store, session)


def test_taking_the_recording_in_again_undoes_no_edit(store: StudyStore, session: Session) -> None:
    edited = edit_everything(store, session)
    store.put_transcript(session.id, TRANSCRIPT)
    assert texts(store, session) == edited


def test_growing_transcript_undoes_no_edit(store: StudyStore) -> None:
    session = store.register_recording("P02", store.sessions_dir / "s2")
    running = replace(TRANSCRIPT, id="t2", done=False)
    store.put_transcript(session.id, running)
    edited = edit_everything(store, session)
    more = replace(running, segments=(*HEARD, segment(50, "And more")), done=True)
    store.put_transcript(session.id, more)
    assert texts(store, session) == [*edited, "And more"]


def test_edited_transcript_stays_in_view_until_another_is_chosen(store: StudyStore, session: Session) -> None:
    newer = replace(TRANSCRIPT, id="t9", segments=(segment(0, "Heard by a better model"),), model="small")
    store.put_transcript(session.id, newer)
    assert texts(store, session) == ["Heard by a better model"]
    store.show_version("t1")
    edited = edit_everything(store, session)
    store.put_transcript(session.id, replace(newer, id="t10"))
    assert texts(store, session) == edited
    versions = {one.id: one for one in store.transcript_versions(session.id)}
    assert [one.shown for one in versions.values()] == [False, False, True]
    assert (versions["t1"].touched, versions["t10"].touched, versions["t10"].model) == (4, 0, "small")
    change = store.show_version("t10")
    assert texts(store, session) == ["Heard by a better model"]
    store.apply_inverse(change)
    assert texts(store, session) == edited


def test_what_is_gone_is_told(store: StudyStore, session: Session) -> None:
    for work in (
        lambda: store.set_text(999, "x"),
        lambda: store.split_segment(999, 1),
        lambda: store.restore_original(999),
        lambda: store.verify_segments([999]),
        lambda: store.show_version("no"),
    ):
        with pytest.raises(StudyError) as missing:
            work()
        assert missing.value.code is StudyCode.ROW_MISSING


@given(data=st.data())
@settings(max_examples=30)
def test_any_steps_are_undone_to_the_last_word(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    with StudyStore.create(tmp_path_factory.mktemp("edits") / "S", "S", author="Ada") as store:
        session = store.register_recording("P01", store.sessions_dir / "s")
        store.put_transcript(session.id, TRANSCRIPT)
        before = everything(store)
        done: list[ChangeSet] = []
        for _ in range(data.draw(st.integers(1, 6))):
            shown = store.segments(session.id)
            one = data.draw(st.sampled_from(shown))
            text = one.text.strip()
            match data.draw(st.sampled_from(["text", "split", "join", "verify", "restore", "replace"])):
                case "text":
                    done.append(
                        store.set_text(one.id, data.draw(st.sampled_from(["", "new words", text + " x", "car"])))
                    )
                case "split" if " " in text:
                    done.append(store.split_segment(one.id, text.index(" "))[1])
                case "join" if len(shown) > 1:
                    at = min(shown.index(one), len(shown) - 2)
                    done.append(store.join_segments([each.id for each in shown[at : at + 2]]))
                case "verify":
                    done.append(store.verify_segments([one.id]))
                case "restore":
                    done.append(store.restore_original(one.id))
                case "replace":
                    done.append(store.replace_text(session.id, "the", "a")[1])
        for change in reversed(done):
            store.apply_inverse(change)
        assert everything(store) == before
