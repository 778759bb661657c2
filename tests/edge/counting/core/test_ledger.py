"""The ledger: what belongs to which day, which store and which person."""

from __future__ import annotations

from edge.counting.core import Ledger, LedgerState
from edge.counting.core.occupancy import Key, Tally
from edge.decision import LastAccess
from tests.edge.counting.core.instants import D1, IN, TRUSTED


def test_who_passed_before_the_first_day_was_known_belongs_to_it() -> None:
    ledger = Ledger("main", "a" * 32, LedgerState())
    ledger.passed(IN, estimated=False)
    ledger.day_began("2026-11-03")
    assert ledger.counts.figures(ledger.day).inside == 1
    ledger.day_began("2026-11-04")
    assert ledger.counts.figures(ledger.day).inside == 0


def test_a_gate_that_is_a_day_ahead_is_not_lost_when_we_follow() -> None:
    ledger = Ledger("main", "a" * 32, LedgerState("2026-11-03"))
    early = Key("north", "b" * 32, "2026-11-04")
    ledger.counts.merge({early: Tally(entered=2)}, but=ledger.key)
    assert ledger.counts.figures(ledger.day).inside == 0
    ledger.day_began("2026-11-04")
    assert ledger.counts.figures(ledger.day).inside == 2


def test_grants_that_never_came_to_anything_are_forgotten() -> None:
    ledger = Ledger("main", "a" * 32, LedgerState())
    for number in range(1000):
        ledger.granted(str(number), "ann")
    assert len(ledger.state().pending) < 100
    passage = LastAccess(IN, D1, TRUSTED, "main")
    assert ledger.arrived("999", passage) == "ann"
    assert ledger.arrived("999", passage) is None, "one grant, one person"


def test_the_numbers_of_another_store_name_nobody() -> None:
    ledger = Ledger("main", "a" * 32, LedgerState())
    ledger.granted("7", "ann")
    ledger.epoch_began("b" * 32)
    assert ledger.arrived("7", LastAccess(IN, D1, TRUSTED, "main")) is None
