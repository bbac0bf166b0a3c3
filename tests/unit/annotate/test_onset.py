"""Late marks: what a mark means began before the key was pressed."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from annotate.ingest import ingest
from annotate.late_marks import plan, pull_back
from annotate.models import ObservationOrigin
from annotate.onset import REACH_NS, SNAP_NS, bursts, onset_ns, utterances
from annotate.store import StudyStore
from annotate.timeline import SECOND, TimeRange
from capture.events import Button, ButtonState, MarkKind
from tests.helpers.bundles import RecordedBundle, make_mark
from transcribe.models import Segment, Transcript, Word

MOMENTS = st.integers(0, 600 * SECOND)
RANGES = st.lists(
    st.tuples(MOMENTS, st.integers(0, 5 * SECOND)).map(lambda pair: TimeRange(pair[0], sum(pair))), max_size=20
)


@given(pressed=MOMENTS, words=RANGES, clicks=st.lists(MOMENTS, max_size=20))
def test_a_mark_goes_to_a_beginning_within_reach_or_nowhere(
    pressed: int, words: list[TimeRange], clicks: list[int]
) -> None:
    said, clicked = utterances(words), bursts(clicks)
    found = onset_ns(pressed, said, clicked)
    beginnings = {one.start_ns for one in (*said, *clicked)}
    within = {t_ns for t_ns in beginnings if SNAP_NS <= pressed - t_ns <= REACH_NS}
    assert (found in within) if within else found is None


@given(pressed=MOMENTS, words=RANGES, shift=MOMENTS)
def test_only_distances_count(pressed: int, words: list[TimeRange], shift: int) -> None:
    moved = [TimeRange(one.start_ns + shift, one.end_ns + shift) for one in words]
    here = onset_ns(pressed, utterances(words), [])
    there = onset_ns(pressed + shift, utterances(moved), [])
    assert there == (None if here is None else here + shift)


@given(words=RANGES)
def test_utterances_hold_all_that_was_said_and_are_apart(words: list[TimeRange]) -> None:
    said = utterances(words)
    assert all(any(one.start_ns <= word.start_ns and word.end_ns <= one.end_ns for one in said) for word in words)
    assert all(one.end_ns < other.start_ns for one, other in pairwise(said))


def made_up_session(seed: int) -> tuple[list[TimeRange], list[int], list[int]]:
    """Half an hour of thinking aloud and clicking: words, clicks, and where each thing that happens begins."""
    chance = random.Random(seed)
    words, clicks, truths, at = list[TimeRange](), list[int](), list[int](), 2.0
    while at < 1800:
        begins = at
        truths.append(round(begins * SECOND))
        if chance.random() < 0.45:
            for _ in range(chance.choice([1, 1, 2, 3, 5, 8])):
                clicks.append(round(at * SECOND))
                at += chance.uniform(0.15, 0.9)
        else:
            ends = begins + chance.uniform(1, 6)
            while at < ends:
                length = chance.uniform(0.15, 0.5)
                words.append(TimeRange(round(at * SECOND), round((at + length) * SECOND)))
                at += length + chance.choice([0.02, 0.05, 0.1, 0.3])
            if chance.random() < 0.25:
                clicks.append(round(chance.uniform(begins, at) * SECOND))
        at += chance.uniform(0.8, 5)
    return words, sorted(clicks), truths


def test_marks_pressed_late_land_where_it_began() -> None:
    landed = pressed = 0
    for seed in range(10):
        words, clicks, truths = made_up_session(seed)
        said, clicked, chance = utterances(words), bursts(clicks), random.Random(seed + 100)
        for truth in chance.sample(truths, 60):
            found = onset_ns(truth + round(chance.uniform(1.5, 4) * SECOND), said, clicked)
            pressed += 1
            landed += found is not None and abs(found - truth) <= SECOND // 2
    assert landed / pressed >= 0.8, f"{landed} of {pressed}"


def spoken(*starts_s: float) -> Transcript:
    segments = tuple(
        Segment(t, t + SECOND, "Hm, odd", (Word(t, t + SECOND, "Hm, odd", 0.9),))
        for t in (round(start * SECOND) for start in starts_s)
    )
    return Transcript("t-1", "mic", "tiny.en", "en", segments, True, 60 * SECOND)


def test_a_session_s_marks_are_pulled_back_and_can_be_put_back(store: StudyStore) -> None:
    recorded = RecordedBundle(store.sessions_dir, context={"participant": "P01"})
    moved, chosen, shy = make_mark(MarkKind.MARK, 12.5), make_mark(MarkKind.MARK, 32.5), make_mark(MarkKind.MARK, 50.0)
    ago = make_mark(MarkKind.MARK, 22.0)
    recorded.add(moved, chosen, shy, replace(ago, t_pressed_ns=32 * SECOND))
    recorded.add_events([Button(47 * SECOND, 1, 1, "left", ButtonState.DOWN)])
    recorded.add_pause(48, 49)
    bundle = recorded.finish(60)
    recorded.close()
    session = ingest(store, bundle).session
    at = {one.mark_id: one for one in store.observations(session.id)}
    assert plan(store, session.id) == {}, "with sound, but without its transcript, nobody knows yet"
    store.put_transcript(session.id, spoken(10, 20, 30))
    store.update_observation(at[chosen.id].id, t_start_ns=33 * SECOND)
    store.update_observation(at[chosen.id].id, t_start_ns=round(32.5 * SECOND))
    change = pull_back(store, session.id)
    now = {one.mark_id: one for one in store.observations(session.id)}
    assert (now[moved.id].t_start_ns, now[moved.id].t_original_ns) == (10 * SECOND, round(12.5 * SECOND))
    assert now[chosen.id].t_original_ns is None, "a person has moved it"
    assert now[ago.id].t_original_ns is None, "the moderator said which moment was meant"
    assert now[shy.id].t_start_ns == 50 * SECOND, "there was a private pause in between"
    assert plan(store, session.id) == {}
    store.put_back(at[moved.id].id)
    assert store.observation(at[moved.id].id).t_start_ns == round(12.5 * SECOND)
    assert plan(store, session.id) == {}, "put back by a person, it stays there"
    assert change.ids("observation") == {at[moved.id].id}
    assert store.observation(at[moved.id].id).origin is ObservationOrigin.LIVE


def test_an_undone_pulling_back_is_not_done_again(store: StudyStore) -> None:
    recorded = RecordedBundle(store.sessions_dir, context={"participant": "P01"})
    recorded.add(make_mark(MarkKind.MARK, 12.5))
    bundle = recorded.finish(60)
    recorded.close()
    session = ingest(store, bundle).session
    store.put_transcript(session.id, spoken(10))
    store.apply_inverse(store.pull_back(plan(store, session.id)))
    assert store.observations(session.id)[0].t_start_ns == round(12.5 * SECOND)
    assert plan(store, session.id) == {}
