"""What passages come to by species: attempts, those taken for alive, the interval, people."""

from __future__ import annotations

import pytest

from edge.diagnostics.core import JudgedBy, LivenessByGroup, Passage, PassageOutcome, SpeciesTally

BOTH = (JudgedBy.PASSIVE, JudgedBy.VETO)


def passage(passive: bool | None, veto: bool | None = None) -> Passage:
    outcome = {True: PassageOutcome.ALIVE, False: PassageOutcome.PICTURE, None: PassageOutcome.UNMEASURED}
    return Passage(outcome[passive], alive=dict(zip(BOTH, (passive, veto), strict=True)))


def test_a_species_is_summed_up_by_the_mode_that_is_asked_for_and_by_all() -> None:
    tally = SpeciesTally()
    for person, each in (
        ("ann", passage(passive=True, veto=True)),
        ("ann", passage(passive=True, veto=False)),
        ("bo", passage(passive=False, veto=False)),
        (None, passage(passive=True)),
        ("cy", Passage(PassageOutcome.QUALITY)),
        ("dee", Passage(PassageOutcome.NO_FACE)),
        ("dee", passage(passive=None)),
    ):
        tally.add(each, person)
    passive = {"attempts": 4, "alive": 3, "share": 0.75, "low": 0.30064, "high": 0.95441}
    veto = {"attempts": 3, "alive": 1, "share": 0.33333, "low": 0.06149, "high": 0.79234}
    beside = {"unmeasured": 1, "quality": 1, "several": 0, "no_face": 1, "unreadable": 0}
    modes = {"passive": passive, "veto": veto}
    assert tally.plain(JudgedBy.PASSIVE) == passive | {"people": 2} | beside | {"modes": modes}
    assert tally.plain(JudgedBy.VETO) == veto | {"people": 2} | beside | {"modes": modes}


@pytest.mark.parametrize("mode", list(JudgedBy))
def test_a_species_of_which_nothing_could_be_judged_has_no_share(mode: JudgedBy) -> None:
    tally = SpeciesTally()
    tally.add(Passage(PassageOutcome.UNREADABLE), "ann")
    plain = tally.plain(mode)
    assert (plain["attempts"], plain["alive"], plain["share"], plain["people"]) == (0, 0, None, 0)
    assert (plain["unreadable"], plain["modes"]) == (1, {})


def test_passages_are_told_by_group_where_a_table_says_who_is_in_which() -> None:
    sex = {"ann": "women", "bea": "women", "bo": "men"} | {f"m{place}": "men" for place in range(29)}
    by_group = LivenessByGroup({"sex": sex, "age": {"bo": "old"}})
    for person, each in (
        ("ann", passage(passive=True)),
        ("ann", passage(passive=False)),
        ("bo", passage(passive=True)),
        ("nobody in the table", passage(passive=False)),
        (None, passage(passive=False)),
        *((f"m{place}", passage(passive=True)) for place in range(29)),
    ):
        by_group.add(each, "live", person)
    by_group.add(passage(passive=False), "phone", "ann")
    told = [
        (row["species"], row["label"], row["group"], row["attempts"], row["alive"], row["too_small"])
        for row in by_group.plain(JudgedBy.PASSIVE)
    ]
    assert told == [
        ("live", "age", "old", 1, 1, True),
        ("live", "sex", "men", 30, 30, False),
        ("live", "sex", "women", 2, 1, True),
        ("phone", "sex", "women", 1, 0, True),
    ]
