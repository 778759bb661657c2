"""Twins and doubles: exact, whatever the number, and in bounded memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.admin.similarity import KnownFaces, agreeing, limits_for
from edge.decision import FaceRule


def faces(count: int, seed: int = 1, dimensions: int = 128) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def like(vector: np.ndarray, cosine: float, seed: int = 9) -> np.ndarray:
    """A unit vector at this cosine to `vector`."""
    other = faces(1, seed)[0]
    aside = other - (other @ vector) * vector
    made = cosine * vector + np.sqrt(1.0 - cosine**2) * aside / np.linalg.norm(aside)
    return np.asarray(made, np.float32)


def known(people: dict[str, list[np.ndarray]]) -> KnownFaces:
    store = KnownFaces(128)
    for name, vectors in people.items():
        store.add(name, vectors)
    return store


def test_only_two_subjects_are_a_pair_and_the_most_alike_come_first() -> None:
    one, two, three = faces(3)
    store = known(
        {
            "li-na": [one, like(one, 0.9)],  # two photographs of one person are no pair
            "li-mei": [like(one, 0.8, 5), two],
            "wang": [like(two, 0.7, 6)],
            "zhou": [three],
        }
    )
    pairs = store.pairs(above=0.6)
    assert [(pair.one, pair.other) for pair in pairs] == [("li-mei", "li-na"), ("li-mei", "wang")]
    assert [pair.score for pair in pairs] == pytest.approx([0.8, 0.7], abs=1e-3)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), above=st.floats(0.1, 0.5))
def test_the_search_in_blocks_finds_what_the_whole_table_has(seed: int, above: float) -> None:
    rows = faces(300, seed, 12)
    store = KnownFaces(12)
    for number, row in enumerate(rows):
        store.add(f"{number // 2:03}", [row])
    table = rows @ rows.T
    expected = {
        (f"{i // 2:03}", f"{j // 2:03}")
        for i in range(300)
        for j in range(i, 300)
        if i // 2 != j // 2 and table[i, j] >= above
    }
    assert {(pair.one, pair.other) for pair in store.pairs(above)} == expected


def test_a_pair_across_blocks_is_found_among_many_in_bounded_memory() -> None:
    store = KnownFaces(128)
    rows = faces(9_000)
    for number, row in enumerate(rows):
        store.add(f"p{number}", [row])
    store.add("twin", [like(rows[3], 0.9)])
    tracemalloc.start()
    pairs = store.pairs(above=0.6)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(pair.one, pair.other) for pair in pairs] == [("p3", "twin")]
    assert most < 100 << 20, "the whole table would be 324 MB"


def test_who_is_nearest_is_somebody_else() -> None:
    [one] = faces(1)
    store = known({"li-na": [one], "li-mei": [like(one, 0.7)]})
    near = store.nearest(one, but="li-na")
    assert near is not None
    assert (near.one, near.other) == ("li-mei", "li-na")
    assert near.score == pytest.approx(0.7, abs=1e-3)
    assert known({"li-na": [one]}).nearest(one, but="li-na") is None
    assert KnownFaces(128).nearest(one, but="anybody") is None


def test_a_template_of_another_engine_is_never_compared() -> None:
    store = known({"li-na": [faces(1, 1, 64)[0]]})
    assert store.templates == 0


ONE, TWO, THREE = faces(3, 4)


@pytest.mark.parametrize(
    ("vectors", "kept"),
    [
        ([], []),
        ([ONE], [0]),
        ([ONE, like(ONE, 0.7)], [0, 1]),
        ([ONE, TWO], []),  # one says this, one says that
        ([ONE, TWO, like(ONE, 0.7)], [0, 2]),
        ([TWO, ONE, like(ONE, 0.7, 1), THREE], [1, 2]),
        ([ONE, like(ONE, 0.7), TWO, like(TWO, 0.7, 11)], []),
        # Not like the first, but like the second, which is: a chain is one person.
        ([ONE, like(ONE, 0.6, 7), like(like(ONE, 0.6, 7), 0.6, 8)], [0, 1, 2]),
    ],
)
def test_photographs_under_one_name_agree_or_the_larger_group_counts(
    vectors: list[np.ndarray], kept: list[int]
) -> None:
    assert agreeing(vectors, same=0.5) == kept


def test_an_engine_that_was_never_measured_has_cautious_limits_all_the_same() -> None:
    limits = limits_for("home-made", 100, FaceRule())
    assert 0.0 < limits.same < limits.alike < 1.0
