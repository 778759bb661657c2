"""What passages come to by species: attempts, those taken for alive, the interval, people."""

from __future__ import annotations

import pytest

from edge.diagnostics.core import JudgedBy, Passage, PassageOutcome, SpeciesTally

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
