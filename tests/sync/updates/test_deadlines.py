"""A deadline ends what waits, once, and leaves the alarm as it was."""

from __future__ import annotations

import signal
from threading import Event

import pytest
from tuf.api import exceptions

from sync.updates.deadlines import over_after
from tests.waiting import sooner_than


def test_what_waits_longer_is_ended_and_what_does_not_is_left_alone() -> None:
    before = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[1]
    with over_after(60.0):
        pass
    with sooner_than(60), pytest.raises(exceptions.SlowRetrievalError), over_after(0.01):
        Event().wait(60)
    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[1]) == before
