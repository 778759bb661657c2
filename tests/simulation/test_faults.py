"""The fault model is whole: a field for each kind, a preset or a reason for each line of the list."""

from __future__ import annotations

import re

import msgspec
import pytest

from tests.conftest import REPOSITORY
from tests.simulation.faults import CALM, EVERYTHING, Option, acts_a_day, played
from tests.simulation.plan import Act, Fault
from tests.simulation.presets import LEFT_OUT, LINES, PRESETS
from tests.simulation.site import Staleness

FAULTS_MD = REPOSITORY.parent / "shared" / "FAULTS.md"
LASTING = {
    Fault.LINK_AWAY, Fault.LINK_REFUSED, Fault.LINK_SLOW, Fault.MESSAGES_DOUBLED, Fault.MESSAGES_LOST,
    Fault.MESSAGES_REORDERED, Fault.MESSAGES_CORRUPTED, Fault.BROKER_KILLED, Fault.ACL_REVOKED,
    Fault.POWER_CUT, Fault.CARD_FULL, Fault.CARD_READ_ONLY, Fault.CARD_FAILS, Fault.CARD_CLONED,
    Fault.CLOCK_UNSET, Fault.CAMERA_GONE, Fault.EDGE_LOST, Fault.BUTTON_HELD, Fault.FIRE, Fault.CODES_FLOOD,
    Fault.INGESTER_KILLED, Fault.INGESTER_OLDER, Fault.CENTRAL_AWAY, Fault.CENTRAL_TWICE,
    Fault.DATABASE_FAILS, Fault.KEY_STOLEN, Fault.READERS_UNPLUGGED, Fault.KEY_STUCK,
}  # fmt: skip
STRONG = {
    Fault.LINK_SLOW, Fault.MESSAGES_DOUBLED, Fault.MESSAGES_LOST, Fault.MESSAGES_REORDERED,
    Fault.MESSAGES_CORRUPTED, Fault.GATE_KILLED, Fault.SYNC_KILLED, Fault.CARD_RESTORED, Fault.CLOCK_STEPPED,
    Fault.CLOCK_DRIFTS, Fault.CODES_FLOOD, Fault.CENTRAL_RESTORED, Fault.KEYPAD_GUESSED,
}  # fmt: skip


def test_there_is_a_field_for_each_kind_of_fault() -> None:
    options = {
        field.name
        for field in msgspec.structs.fields(type(CALM))
        if isinstance(getattr(CALM, field.name), Option)
    }
    assert options == {fault.value for fault in Fault}


def test_there_is_a_rate_for_each_act() -> None:
    assert set(acts_a_day(CALM)) == set(Act)
    assert all(rate > 0 for rate in acts_a_day(EVERYTHING).values())


def test_everything_is_everything_and_calm_is_nothing() -> None:
    assert played(EVERYTHING) == set(Fault)
    assert played(CALM) == set()


@pytest.mark.parametrize("fault", Fault)
def test_a_kind_has_lengths_if_it_lasts_and_strengths_if_its_value_means_something(fault: Fault) -> None:
    option = EVERYTHING.option(fault)
    assert (min(option.seconds) > 0) == (fault in LASTING)
    assert (min(map(abs, option.values)) > 0) == (fault in STRONG)


def test_a_preset_says_what_it_is() -> None:
    assert {"calm", "network", "cards", "clocks", "everything", "fleet-returns"} <= set(PRESETS)
    assert all(played(faults) for name, faults in PRESETS.items() if name != "calm")


def test_every_kind_is_in_a_preset_that_is_not_everything() -> None:
    parts = [played(faults) for faults in PRESETS.values() if faults is not EVERYTHING]
    assert set().union(*parts) == set(Fault)


@pytest.mark.skipif(not FAULTS_MD.is_file(), reason=f"LOUD SKIP: no list of faults at {FAULTS_MD}")
def test_every_line_of_the_list_is_played_or_left_out_for_a_reason() -> None:
    lines = {int(number) for number in re.findall(r"^(\d+)\. ", FAULTS_MD.read_text(), flags=re.MULTILINE)}
    assert len(lines) >= 54
    assert set(LINES) | set(LEFT_OUT) == lines
    assert not set(LINES) & set(LEFT_OUT)


def test_a_line_that_is_left_out_names_tests_that_are_there() -> None:
    named = [path for why in LEFT_OUT.values() for path in re.findall(r"tests/[\w/]+\.py", why)]
    assert named
    assert not [path for path in named if not (REPOSITORY / path).is_file()]


def test_outages_are_longer_than_a_registry_may_age() -> None:
    rule = Staleness()
    assert max(EVERYTHING.central_away.seconds) > rule.degrade_after
    assert max(LINES[17].central_away.seconds) > rule.close_after
