"""Who is sent next. The tree: city 1, districts 2 and 8, street 3, communities 4 and 5, sites 6 and 7."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.dispatch.core.choosing import ROUNDS, AskedWorker, Candidate, distance, next_worker, ranked

SITE = (1, 2, 3, 4, 6)
PATHS = {
    "site": SITE,
    "community": (1, 2, 3, 4),
    "other site": (1, 2, 3, 4, 7),
    "street": (1, 2, 3),
    "other community": (1, 2, 3, 5),
    "district": (1, 2),
    "other district": (1, 8),
    "other city": (20, 21),
}


@pytest.mark.parametrize(
    ("where", "levels"),
    [
        ("site", 0),
        ("community", 1),
        ("other site", 1),
        ("street", 2),
        ("other community", 2),
        ("district", 3),
        ("other district", 4),
        ("other city", None),
    ],
)
def test_how_far_somebody_is_by_the_tree(where: str, levels: int | None) -> None:
    assert distance(SITE, PATHS[where]) == levels


NEAR, BUSY = Candidate(1, PATHS["site"]), Candidate(2, PATHS["site"], busy=2)
UP, SILENT = Candidate(3, PATHS["street"]), Candidate(4, PATHS["site"], silent=True)
AWAY = Candidate(5, PATHS["other city"])


@pytest.mark.parametrize(
    ("candidates", "asked", "expected"),
    [
        ([UP, BUSY, NEAR], {}, 1),
        ([UP, BUSY], {}, 2),
        ([UP, BUSY, NEAR], {1: AskedWorker(1)}, 2),
        ([UP, BUSY, NEAR], {1: AskedWorker(1), 2: AskedWorker(1, declined=True)}, 3),
        ([UP, SILENT], {}, 3),
        ([SILENT], {}, 4),
        ([UP, NEAR], {1: AskedWorker(1), 3: AskedWorker(1)}, 1),
        ([NEAR], {1: AskedWorker(ROUNDS)}, None),
        ([NEAR], {1: AskedWorker(ROUNDS, missed=1)}, 1),
        ([UP, NEAR], {1: AskedWorker(3, missed=3), 3: AskedWorker(2, missed=2)}, 3),
        ([NEAR], {1: AskedWorker(1, declined=True)}, None),
        ([AWAY], {}, None),
        ([], {}, None),
    ],
)
def test_who_is_sent_next(
    candidates: list[Candidate], asked: dict[int, AskedWorker], expected: int | None
) -> None:
    found = next_worker(SITE, candidates, asked)
    assert (None if found is None else found.worker) == expected


_CANDIDATES = st.lists(
    st.builds(
        Candidate, st.integers(1, 8), st.sampled_from([*PATHS.values()]), st.integers(0, 3), st.booleans()
    ),
    max_size=8,
    unique_by=lambda each: each.worker,
)


@given(_CANDIDATES)
def test_everybody_who_is_near_enough_is_asked_before_anybody_is_asked_again(them: list[Candidate]) -> None:
    asked: dict[int, AskedWorker] = {}
    order = []
    while (found := next_worker(SITE, them, asked)) is not None:
        order.append(found.worker)
        asked[found.worker] = AskedWorker(asked.get(found.worker, AskedWorker(0)).times + 1)
    near = {each.worker for each in ranked(SITE, them, {})}
    assert len(order) == ROUNDS * len(near)
    for number in range(ROUNDS):
        assert {*order[number * len(near) : (number + 1) * len(near)]} == near
