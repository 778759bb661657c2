"""A clock that was ahead, and is set right: what it dated later than now counts as of now."""

from __future__ import annotations

import pytest

from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.raising import raise_cue
from sync.central.alarms.setting_right import is_ahead, set_right
from sync.central.devices.devices import enrol_device
from sync.central.store import Store
from sync.central.units import DAY, HOUR, MINUTE, SECOND
from tests.sync.central.alarms.test_loop import ALL, REAR, SIDE, SITE, Centre
from tests.sync.central.reported.test_recording import probed
from tests.sync.wire.examples import DEVICE, KEY

AHEAD = pytest.mark.parametrize("ahead", [HOUR, 70 * 365 * DAY])


@pytest.fixture
def centre(store: Store) -> Centre:
    with store.writing() as connection:
        enrol_device(connection, SIDE, (SITE, "side"), KEY.public_key().public_bytes_raw(), 1)
    return Centre(store)


@AHEAD
def test_what_is_set_right_is_ahead_no_more(centre: Centre, ahead: int) -> None:
    centre.after(ahead, *ALL)
    now = centre.now - ahead
    with centre.store.writing() as connection:
        assert not is_ahead(connection, centre.now)
        assert is_ahead(connection, now)
        set_right(connection, now)
        assert not is_ahead(connection, now)


@AHEAD
def test_a_gate_that_died_before_the_clock_was_set_back_is_dark_and_no_other(
    centre: Centre, ahead: int
) -> None:
    centre.after(ahead, *ALL)
    assert centre.after(-ahead).kinds() == [], "none had time to be heard again"
    for _ in range(7):
        assert centre.after(25 * SECOND, DEVICE, REAR).kinds() == []
    assert centre.after(10 * SECOND, DEVICE, REAR).kinds() == ["gate_dark"]


@AHEAD
def test_a_gate_that_was_dark_before_the_clock_was_set_back_may_be_so_again(
    centre: Centre, ahead: int
) -> None:
    centre.after(ahead, *ALL)
    assert centre.after(4 * MINUTE, DEVICE, REAR).kinds() == ["gate_dark"]
    assert centre.after(MINUTE, *ALL).kinds() == []
    centre.after(-ahead, *ALL)
    assert centre.after(4 * MINUTE, DEVICE, REAR).kinds() == ["gate_dark"]


@AHEAD
def test_a_centre_that_was_deaf_before_the_clock_was_set_back_misses_a_gate(
    centre: Centre, ahead: int
) -> None:
    centre.after(ahead, *ALL)
    assert centre.after(2 * MINUTE).kinds() == ["centre_deaf"]
    assert centre.after(MINUTE, *ALL).kinds() == []
    centre.after(-ahead, *ALL)
    assert centre.after(4 * MINUTE, DEVICE, REAR).kinds() == ["gate_dark"]


@AHEAD
def test_a_probe_from_before_the_clock_was_set_back_grows_old(centre: Centre, ahead: int) -> None:
    centre.now += ahead
    centre.tells((1, probed()))
    centre.after(SECOND, *ALL)
    assert centre.after(-ahead, *ALL).kinds() == []
    assert centre.after(16 * MINUTE, *ALL).kinds() == ["probe_failed"]


@AHEAD
def test_a_cue_from_before_the_clock_was_set_back_is_an_alarm_at_once(centre: Centre, ahead: int) -> None:
    centre.now += ahead
    duress = Cue(AlarmKind.DURESS, SITE, DEVICE, "d", centre.now)
    with centre.store.writing() as connection:
        raise_cue(connection, duress, centre.now)
    centre.now -= ahead
    [raised] = centre.after(SECOND, *ALL).alarms()
    assert (raised.kind, raised.life.first_at) == (AlarmKind.DURESS, centre.now)


@AHEAD
def test_an_alarm_from_before_the_clock_was_set_back_becomes_graver_in_time(
    centre: Centre, ahead: int
) -> None:
    centre.after(ahead, *ALL)
    [dark] = centre.after(4 * MINUTE, DEVICE, REAR).alarms()
    centre.after(-ahead, DEVICE, REAR)
    for _ in range(26):
        centre.after(HOUR, DEVICE, REAR)
    [still] = centre.alarms()
    assert still.number == dark.number
    assert still.life.severity < dark.life.severity
