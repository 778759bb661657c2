"""How groups compare: who is missed, who is taken for whom; a gap is told, and chance is called chance."""

from __future__ import annotations

import numpy as np
import pytest

from edge.calibration.core import Labels, gaps, groups, open_set
from edge.calibration.core.fairness import rate_of
from tests.edge.calibration.conftest import Crowd, crowd_of, joined

NAMES = tuple(f"p{place}" for place in range(120))


def test_a_group_that_is_recognised_worse_is_seen_and_chance_is_called_chance() -> None:
    people = joined(crowd_of(60, 4, scatter=0.3), crowd_of(60, 4, scatter=0.9, seed=5))
    labels = {
        "light": {name: "bright" if place < 60 else "dark" for place, name in enumerate(NAMES)},
        "parity": {name: str(place % 2) for place, name in enumerate(NAMES)},
        "alone": dict.fromkeys(NAMES, "only"),
    }
    found = tuple(groups(people.vectors, people.owners, NAMES, labels, 0.3))
    shares = {(group.label, group.value): group.confirm.misses.share or 0.0 for group in found}
    assert shares["light", "dark"] > shares["light", "bright"] + 0.05
    told = {gap.label: gap for gap in gaps(found)}
    assert told["light"].misses.sure
    assert not told["light"].false_matches.sure, "that is another rate: it may be chance"
    assert not told["parity"].misses.sure
    assert "alone" not in told, "one group has nothing to be compared with"


# Six people on four axes: those of the first two are one face, and so are the fifth and the third.
FACES = np.eye(4, dtype=np.float32)[[0, 0, 1, 2, 1, 3]]
OWNERS = np.arange(6)
SIX = tuple("abcdef")
SEX = {"a": "women", "b": "women", "c": "women", "d": "men", "e": "men"}


def test_false_matches_are_counted_within_a_group_and_across() -> None:
    men, women = groups(FACES, OWNERS, SIX, {"sex": SEX}, 0.9)
    assert (women.people, women.confirm.within.hits, women.confirm.within.cases) == (3, 1, 3), "a and b"
    assert (women.confirm.across.hits, women.confirm.across.cases) == (1, 9), "c and e, who is a man"
    assert (men.confirm.within.hits, men.confirm.across.hits) == (0, 1)
    assert men.confirm.misses.share is None, "nobody has two photographs"
    assert men.identify is None, "nobody stood before a gate"


def test_many_photographs_of_one_person_are_one_case() -> None:
    """Half of one person's pictures failed: half a case of three, however many pictures there are."""
    failed = np.array([True, True, False, False, False, False])
    rate = rate_of(failed, np.array([0, 0, 0, 0, 7, 9]))
    assert (rate.hits, rate.cases) == (0.5, 3)


def test_who_is_alike_by_photographs_is_alike_once() -> None:
    again = np.concatenate([np.repeat(np.arange(2), 5), np.arange(2, 6)])
    _, women = groups(FACES[again], OWNERS[again], SIX, {"sex": SEX}, 0.9)
    assert women.confirm.within.hits == pytest.approx(1.0)
    assert (women.people, women.photographs) == (3, 11)


def test_before_a_gate_too_strangers_are_told_by_whom_they_are_taken_for() -> None:
    """With five of six enrolled the one who is not is a stranger: a for b and c for e, whoever is drawn."""
    twice = np.repeat(np.arange(6), 2)
    trials = open_set(FACES[twice], OWNERS[twice], enrolled=5, templates=1, frames=1, draws=60)
    found = tuple(groups(FACES[twice], OWNERS[twice], SIX, {"sex": SEX}, 0.9, (trials, 0.9)))
    men, women = (group.identify for group in found)
    assert men is not None
    assert women is not None
    assert (women.within.hits, women.within.cases) == (2, 3), "a and b are taken for each other"
    assert (women.across.hits, women.across.cases) == (1, 3), "c is taken for e"
    assert (men.within.hits, men.across.hits, men.across.cases) == (0, 1, 2)
    assert women.misses.cases == 3


@pytest.mark.parametrize(("people", "too_small"), [(29, True), (30, False)])
def test_a_group_of_few_people_is_said_to_be_too_small_and_makes_no_gap(people: int, too_small: bool) -> None:
    crowd = crowd_of(80, 2)
    labels: Labels = {
        "sex": {name: "women" if place < people else "men" for place, name in enumerate(crowd.names)}
    }
    found = tuple(groups(crowd.vectors, crowd.owners, crowd.names, labels, 0.3))
    assert {group.value: group.too_small for group in found} == {"women": too_small, "men": False}
    assert bool(list(gaps(found))) is not too_small


def test_a_group_without_anybody_here_is_none(crowd: Crowd) -> None:
    labels = {"sex": {"somebody-else": "women", crowd.names[0]: "men"}}
    assert [group.value for group in groups(crowd.vectors, crowd.owners, crowd.names, labels, 0.3)] == ["men"]
