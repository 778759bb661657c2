"""What central accepts of each device: a flood costs only its sender."""

from __future__ import annotations

from sync.dispatch.intake import Intake
from sync.transport.core import InboundMessage
from sync.wire import BURST, MOST_A_SECOND, MOST_IN_A_POLL


def from_(device: str, count: int) -> list[InboundMessage]:
    return [InboundMessage(f"up/{device}/journal", b"%d" % number, retained=False) for number in range(count)]


def test_a_device_that_sends_without_end_is_cut_and_no_other_is() -> None:
    now, cut = [0.0], []
    intake = Intake(lambda device, dropped: cut.append((device, len(dropped))), lambda: now[0])
    taken = intake([*from_("gp-0666", 2_000), *from_("gp-0001", 2), *from_("gp-0002", 1)])
    heard = [(item.topic.split("/")[1], item.data) for item in taken]
    assert heard[:3] == [("gp-0666", b"0"), ("gp-0001", b"0"), ("gp-0002", b"0")]
    assert heard[3:5] == [("gp-0666", b"1"), ("gp-0001", b"1")]
    assert len(taken) == MOST_IN_A_POLL + 3
    assert cut == [("gp-0666", 2_000 - MOST_IN_A_POLL)]


def test_a_device_has_no_more_than_its_rate_however_short_the_polls() -> None:
    now = [0.0]
    intake = Intake(lambda *_: None, lambda: now[0])
    taken = 0
    for _ in range(10_000):  # ten seconds, at 16,000 messages a second
        now[0] += 0.001
        taken += len(intake(from_("gp-0666", 16)))
    assert taken <= BURST + 10 * MOST_A_SECOND + MOST_IN_A_POLL


def test_a_gate_that_keeps_to_the_protocol_is_never_cut() -> None:
    """Two batches in flight, each answered within one poll of 20 ms, until its burst is used up."""
    now, cut = [0.0], []
    intake = Intake(lambda device, _: cut.append(device), lambda: now[0])
    for _ in range(500):
        now[0] += 0.02
        assert len(intake(from_("gp-0001", 2))) == 2
    assert cut == []


def test_topics_that_are_nobodys_have_one_share_together() -> None:
    junk = [InboundMessage(f"junk/{number}", b"", retained=False) for number in range(500)]
    assert len(Intake(lambda *_: None, lambda: 0.0)(junk)) == MOST_IN_A_POLL
