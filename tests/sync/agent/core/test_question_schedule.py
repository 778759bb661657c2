"""A gate asks what is newest: at once, again within a bounded time, and a fleet never all at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from math import ceil

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.agent.core.question_schedule import AGAIN_AFTER, ASKED_EVERY, QuestionSchedule
from tests.examples import tried
from tests.sync.fleet import most_at_once

GATES = 1_000
HOUR = 3_600


def awaiting_since(
    asking: QuestionSchedule, open_conversation: float, until: float, step: float = 0.2
) -> list[float]:
    """When it asks, if it is polled all the time."""
    turns = (open_conversation + number * step for number in range(round((until - open_conversation) / step)))
    return [now for now in turns if asking.is_due(now)]


def asked_by(asking: QuestionSchedule, until: float, step: float = 0.2) -> Iterator[float]:
    """The same, from 0, by one that is polled at the first turn at which it says that it will be due."""
    now = 0.0
    while now < until:
        if asking.is_due(now):
            yield now
        now = step * max(ceil(asking.ask_at / step), round(now / step) + 1)


@settings(max_examples=tried(50))
@given(
    chances=st.lists(st.floats(0.0, 1.0, exclude_max=True), min_size=20, max_size=20),
    begin=st.floats(0.0, 1e6),
)
def test_at_once_then_soon_then_within_a_bounded_time_for_ever(chances: list[float], begin: float) -> None:
    found = awaiting_since(QuestionSchedule(iter(chances * 100).__next__), begin, begin + HOUR, step=1.0)
    assert found[0] == begin
    assert AGAIN_AFTER / 2 <= found[1] - begin <= AGAIN_AFTER + 1.0
    spans = [later - earlier for earlier, later in pairwise(found)]
    assert all(ASKED_EVERY / 2 <= span <= ASKED_EVERY + 1.0 for span in spans[4:])
    assert begin + HOUR - found[-1] <= ASKED_EVERY + 1.0


def test_a_thousand_gates_whose_links_came_up_together_never_ask_together_again() -> None:
    """They come up spread (docs/scaling.md); this is worse than it can be."""
    chances = random.Random(1)
    times = sorted(
        at for _ in range(GATES) for at in asked_by(QuestionSchedule(chances.random), 900.0) if at > 0.0
    )
    assert most_at_once(times, 1.0) <= 60
    late = [at for at in times if at > 600.0]
    assert most_at_once(late, 1.0) <= 15, "five a second on average"
