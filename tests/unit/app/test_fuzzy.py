from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app import fuzzy

TEXT = st.text(alphabet="abcdefg hij", max_size=20)


@given(TEXT)
def test_a_text_is_found_by_itself(text: str) -> None:
    assert fuzzy.score(text, text) is not None


@given(TEXT, st.data())
def test_letters_in_their_order_are_found_and_others_are_not(text: str, data: st.DataObject) -> None:
    kept = "".join(letter for letter in text if data.draw(st.booleans()))
    assert fuzzy.score(kept, text) is not None
    assert fuzzy.score(kept + "z", text) is None


def test_starts_of_words_come_first() -> None:
    names = ["Resume", "New session", "Use the system's theme", "Sessions"]
    ranked = sorted(names, key=lambda name: -(fuzzy.score("ns", name) or -(10**9)))
    assert ranked[0] == "New session"
    best = fuzzy.score("se", "Sessions")
    other = fuzzy.score("se", "Use the theme")
    assert best is not None
    assert other is not None
    assert best > other


def test_case_and_spaces_do_not_count() -> None:
    assert fuzzy.score("NEW ses", "new session") == fuzzy.score("newses", "New Session")
