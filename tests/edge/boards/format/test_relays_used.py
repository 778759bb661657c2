"""What a relay on the bus may move, and what is refused because it stays on when the process dies."""

from __future__ import annotations

import pytest

from edge.boards.format import check_board
from tests.edge.boards.format.sound_boards import SOUND, _is_error, board

CARD = '\n[relay_board]\nmodel = "sequent-8relay"\naddress = 0x27\n'
ON_THE_BUS = SOUND.replace('pin = 17, active = "high", pull = "down"', "relay = 1") + CARD


def errors(text: str) -> list[str]:
    return [f"{each.where}: {each.what}" for each in check_board(board(text)) if _is_error(each)]


def test_a_strike_may_hang_on_a_relay_of_the_bus_and_the_electrician_is_told_what_that_means() -> None:
    assert errors(ON_THE_BUS) == []
    (said,) = [each for each in check_board(board(ON_THE_BUS)) if each.where == "outputs.relay_open"]
    assert "stays on" in said.what


@pytest.mark.parametrize(
    ("change", "to", "refused"),
    [
        (CARD, "", "no relay board is named"),
        ("0x27", "0x30", "0x30 is no address"),
        ("relay = 1", "relay = 9", "has no relay 9"),
        ("relay = 1", "relay = 1, pin = 17", "a pin and a relay"),
        ("relay = 1, ", "", "neither a pin nor a relay"),
        ("relay = 1", 'relay = 1, active = "low"', "no level"),
        ("[inputs]", "lamp_red = { relay = 1 }\n[inputs]", "relay 1 has 2 functions"),
        ("[inputs]", "interlock = { relay = 2 }\n[inputs]", "the other one would open"),
        ("{ pin = 5 }", "{ pin = 3 }", "belongs to I²C"),
    ],
)
def test_what_cannot_be_or_must_not_be_is_refused(change: str, to: str, refused: str) -> None:
    assert change in ON_THE_BUS
    found = errors(ON_THE_BUS.replace(change, to))
    assert any(refused in each for each in found), found


@pytest.mark.parametrize(
    ("output", "hurts"), [("relay_close", "closing the barrier"), ("relay_stop", "also in a fire")]
)
def test_a_boom_is_neither_closed_nor_stopped_by_a_relay_of_the_bus(output: str, hurts: str) -> None:
    boom = ON_THE_BUS.replace("[inputs]", f"{output} = {{ relay = 2 }}\n[inputs]")
    assert any(f"outputs.{output}" in each and hurts in each for each in errors(boom))
