"""A gate comes back with a month of events, beside another, and does not keep that one waiting."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from edge.signing.cose import encode_value
from tests.sync.offline import filled_at_once
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE, OTHER_KEY
from tests.sync.world import World, append
from tests.waiting import soon

LONG = 4_000
SMALL = "gp-0002"


def test_a_gate_with_a_long_journal_does_not_keep_another_waiting(tmp_path: Path, broker: Mosquitto) -> None:
    world = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)
    world.enrol(SMALL, OTHER_KEY, "rear")
    filled_at_once(world.journal_path(), LONG, encode_value({"outcome": "grant"}))
    with (
        world.served(),
        world.journal(SMALL) as small,
        world.agent() as long_one,
        world.agent(SMALL) as other,
        world.central(),
    ):

        def turn() -> None:
            long_one.poll(0.002)
            other.poll(0.002)

        soon(lambda: 0 < stored(world)[DEVICE] < LONG, "nothing arrives", meanwhile=turn)
        behind = []
        for number in range(1, 4):
            append(small)
            soon(lambda number=number: stored(world)[SMALL] == number, meanwhile=turn)  # type: ignore[misc]
            behind.append(LONG - stored(world)[DEVICE])
        assert min(behind) > 0, "it was stored after the whole month"
        soon(lambda: stored(world)[DEVICE] == LONG, "the month does not arrive", meanwhile=turn)
    assert [entry.sequence for entry in world.stored()] == [*range(1, LONG + 1)]


def stored(world: World) -> Counter[str]:
    """How many events of each gate the centre has, up to the last one that is whole."""
    return Counter({gate.device: gate.acknowledged for gate in world.gates().values()})
