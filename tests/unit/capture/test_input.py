"""Keys become categories, moves are thinned; what was typed leaves no trace."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.events import Button, ButtonState, InputEvent, PointerMove
from capture.input.coalesce import PERIOD_NS, MoveCoalescer
from capture.input.privacy import MODIFIERS, Category, KeyClassifier

SAFE = {category.value for category in Category}


@pytest.mark.parametrize(
    ("held", "name", "char", "expected"),
    [
        ([], None, "a", "char"),
        ([], None, "ß", "char"),
        ([], None, "7", "digit"),
        ([], "space", None, "char"),
        (["shift"], None, "A", "char"),
        (["alt_gr"], None, "@", "char"),
        ([], "enter", None, "editing"),
        ([], "backspace", None, "editing"),
        ([], "left", None, "navigation"),
        ([], "tab", None, "navigation"),
        ([], "f5", None, "function"),
        ([], "ctrl_l", None, "modifier"),
        ([], "media_next", None, "other"),
        ([], None, None, "other"),
        (["ctrl_l"], None, "s", "shortcut:Ctrl+S"),
        (["ctrl_r"], None, "\x13", "shortcut:Ctrl+S"),
        (["ctrl_l", "shift_r"], None, "Z", "shortcut:Ctrl+Shift+Z"),
        (["alt_l"], "f4", None, "shortcut:Alt+F4"),
        (["alt"], "tab", None, "shortcut:Alt+Tab"),
        (["cmd"], "page_up", None, "shortcut:Cmd+PageUp"),
        (["alt"], None, "f", "shortcut:Alt+F"),
        (["alt"], None, "4", "digit"),
        (["ctrl", "alt"], None, "q", "char"),
        (["ctrl", "alt"], "delete", None, "shortcut:Ctrl+Alt+Delete"),
        (["ctrl", "alt_gr"], None, "e", "char"),
        (["ctrl"], None, "é", "char"),
    ],
)
def test_category(held: list[str], name: str | None, char: str | None, expected: str) -> None:
    keys = KeyClassifier("linux")
    for modifier in held:
        assert keys.press(modifier, None) == "modifier"
    assert keys.press(name, char) == expected


def test_option_writes_text_on_macos() -> None:
    keys = KeyClassifier("darwin")
    keys.press("alt", None)
    assert keys.press(None, "f") == "char"


def test_released_modifier_makes_no_shortcut() -> None:
    keys = KeyClassifier("linux")
    keys.press("ctrl", None)
    assert keys.release("ctrl", None) == "modifier"
    assert keys.press(None, "s") == "char"


@given(st.lists(st.sampled_from(["shift", "shift_l", "alt_gr", "caps_lock"])), st.text(min_size=1, max_size=30))
def test_typed_text_never_shows(modifiers: list[str], typed: str) -> None:
    keys = KeyClassifier("linux")
    for modifier in modifiers:
        keys.press(modifier, None)
    for char in typed:
        assert keys.press(None, char) in SAFE
        assert keys.release(None, char) in SAFE


@given(st.lists(st.tuples(st.sampled_from([*MODIFIERS, None]), st.characters())))
def test_only_single_ascii_letters_with_a_command_key_are_named(keys_pressed: list[tuple[str | None, str]]) -> None:
    keys = KeyClassifier("linux")
    for name, char in keys_pressed:
        result = keys.press(name, None if name else char)
        assert result in SAFE or result.startswith("shortcut:")
        if result.startswith("shortcut:"):
            assert {"Ctrl", "Alt", "Cmd"} & set(result.removeprefix("shortcut:").split("+"))


moves = st.builds(PointerMove, st.integers(0, 10**9), st.integers(0, 99), st.integers(0, 99))
clicks = st.builds(
    Button, st.integers(0, 10**9), st.integers(0, 99), st.integers(0, 99), st.just("left"), st.just(ButtonState.DOWN)
)


@given(st.lists(moves | clicks, max_size=60).map(lambda events: sorted(events, key=lambda event: event.t_ns)))
def test_thinning_keeps_order_clicks_and_the_last_place(events: list[InputEvent]) -> None:
    coalescer = MoveCoalescer()
    kept: list[InputEvent] = []
    for event in events:
        kept += coalescer.add(event)
    kept += coalescer.flush()
    assert [event for event in kept if isinstance(event, Button)] == [e for e in events if isinstance(e, Button)]
    assert [event.t_ns for event in kept] == sorted(event.t_ns for event in kept)
    assert set(kept) <= set(events)
    assert len(kept) + coalescer.coalesced == len(events)
    if events:
        assert kept[-1] == events[-1]
    for index, event in enumerate(events):
        # Before every click the pointer's last move is there, so that a path ends where the click was.
        if isinstance(event, Button) and index and isinstance(events[index - 1], PointerMove):
            assert events[index - 1] in kept


def test_a_thousand_moves_a_second_become_sixty() -> None:
    coalescer = MoveCoalescer()
    kept = [event for ms in range(1000) for event in coalescer.add(PointerMove(ms * 1_000_000, ms, 0))]
    assert 60 <= len(kept) <= 64
    assert all(b.t_ns - a.t_ns >= PERIOD_NS for a, b in itertools.pairwise(kept))
