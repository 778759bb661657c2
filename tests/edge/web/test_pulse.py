"""How many pages are live at a time: of a process, and of one account."""

from __future__ import annotations

from contextlib import ExitStack

from edge.web.pulse import Pulse


def test_one_account_leaves_room_for_others() -> None:
    pulse = Pulse(most=3, most_of_one=2)
    with ExitStack() as live:
        for _ in range(2):
            assert not pulse.is_full_for(1)
            live.enter_context(pulse.counted(1))
        assert pulse.is_full_for(1)
        assert not pulse.is_full_for(2)
        with pulse.counted(2):
            assert pulse.is_full_for(3), "the process has as many as it takes"
        assert not pulse.is_full_for(3)
    assert not pulse.is_full_for(1)


def test_a_pulse_that_was_closed_takes_nobody() -> None:
    pulse = Pulse()
    pulse.close()
    assert pulse.is_full_for(1)
