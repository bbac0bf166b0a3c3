"""Edges come to rest at the nearest word, click or task edge, and at nothing that is too far."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annotate.snapping import Snap, SnapGroup, SnapKind, SnapPoints

TIMES = st.lists(st.integers(0, 10_000), max_size=30)


def points(tasks: list[int], clicks: list[int], words: list[int]) -> SnapPoints:
    return SnapPoints(
        [
            SnapGroup(SnapKind.TASK, np.array(tasks, np.int64), [f"task {t}" for t in tasks]),
            SnapGroup(SnapKind.CLICK, np.array(clicks, np.int64)),
            SnapGroup(SnapKind.WORD, np.array(words, np.int64), [f"word {t}" for t in words]),
        ]
    )


@given(TIMES, TIMES, TIMES, st.integers(0, 10_000), st.integers(0, 500))
def test_the_nearest_of_all_is_found(
    tasks: list[int], clicks: list[int], words: list[int], at: int, reach: int
) -> None:
    found = points(tasks, clicks, words).nearest(at, reach)
    distances = [abs(t - at) for t in (*tasks, *clicks, *words)]
    if found is None:
        assert min(distances, default=reach + 1) > reach
    else:
        assert abs(found.t_ns - at) == min(distances) <= reach
        if found.kind is not SnapKind.CLICK:
            assert found.label == f"{found.kind.value} {found.t_ns}"


def test_of_two_equally_near_a_task_counts_before_a_word() -> None:
    assert points([100], [], [120]).nearest(110, 20) == Snap(100, SnapKind.TASK, "task 100")
    assert SnapPoints().nearest(0, 1_000_000) is None
