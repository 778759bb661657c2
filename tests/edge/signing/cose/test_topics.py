"""The topics of a device, as a gate and its centre spell them."""

from __future__ import annotations

import pytest

from edge.commands.core import command_topic
from edge.journal.format import acknowledgement_topic
from edge.signing.cose import downward, is_upward, upward
from sync.wire import Channel, all_for


@pytest.mark.parametrize("device", ["green-court.main", "g1"])
def test_what_a_gate_verifies_itself_goes_under_the_channel_that_the_wire_lists(device: str) -> None:
    assert acknowledgement_topic(device) == Channel.ACKNOWLEDGEMENT.of(device) == f"dn/{device}/ack"
    assert command_topic(device) == Channel.COMMAND.of(device) == f"dn/{device}/command"


def test_up_is_what_a_device_says() -> None:
    assert (upward("g1", "journal"), downward("g1", "clock")) == ("up/g1/journal", "dn/g1/clock")
    assert is_upward("up/g1/journal")
    assert not is_upward("dn/g1/clock")
    assert not is_upward("upper/g1/journal")


def test_a_device_listens_to_all_that_is_said_to_it_and_to_nothing_else() -> None:
    down = [channel for channel in Channel if not channel.goes_up]
    prefix = all_for("g1").removesuffix("#")
    assert all(channel.of("g1").startswith(prefix) for channel in down)
    assert not any(channel.of("g10").startswith(prefix) for channel in Channel)
