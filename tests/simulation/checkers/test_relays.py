"""No relay that opens goes on without a journalled grant or command, or a cause that is true on the wires."""

from __future__ import annotations

import pytest

from edge.decision import Outcome
from tests.simulation.checkers import Rules
from tests.simulation.checkers.stories import (
    begun,
    broken,
    decided,
    leaves,
    line,
    opening,
    peopled,
    relay,
    stored,
    visit,
)
from tests.simulation.observations import (
    Began,
    CardChanged,
    Commanded,
    Observation,
    ProcessBegan,
    ProcessEnded,
)

HERE = (*peopled(), *visit(10.0))
PULSE = (relay(11.1, on=True), leaves(12.0), relay(16.0, on=False))

WITH_CAUSE: dict[str, tuple[Observation | tuple[Observation, ...], ...]] = {
    "a grant that is stored": (*HERE, stored(11.0, 1, decided()), *PULSE),
    "a command that is stored": (
        *peopled(),
        Commanded(10.0, "main", "open_once", b"n"),
        stored(11.0, 1, opening(b"n", 1)),
        relay(11.1, on=True),
        relay(16.0, on=False),
    ),
    "the exit button": (*begun(), line(10.0, "exit_request"), relay(10.1, on=True)),
    "the button that was let go just before": (
        *begun(),
        line(10.0, "override"),
        line(10.2, "override", active=False),
        relay(10.3, on=True),
    ),
    "somebody in the way of a barrier that closes": (
        *begun(),
        line(10.0, "beam_outer"),
        relay(10.1, on=True),
    ),
    "a fire": (*begun(), line(10.0, "fire"), relay(10.1, on=True)),
    "a fire that was in force when the process ended": (
        *begun(),
        line(10.0, "fire"),
        relay(10.1, on=True),
        line(20.0, "fire", active=False),
        ProcessEnded(21.0, "main", "gate", "killed"),
        relay(21.0, on=False),
        ProcessBegan(500.0, "main", "gate"),
        relay(501.0, on=True),
        relay(511.0, on=False),
    ),
    "a fire that burned when the card was copied that was put back": (
        *begun(),
        line(10.0, "fire"),
        line(20.0, "fire", active=False),
        ProcessEnded(5_000.0, "main", "gate", "power"),
        CardChanged(5_000.0, "main", "card_restored"),
        ProcessBegan(5_025.0, "main", "gate"),
        relay(5_025.0, on=True),
    ),
}
WITHOUT: dict[str, tuple[Observation | tuple[Observation, ...], ...]] = {
    "nothing at all": (*begun(), relay(10.0, on=True)),
    "a card that was put back, where nothing ever burned": (
        *begun(),
        ProcessEnded(5_000.0, "main", "gate", "power"),
        CardChanged(5_000.0, "main", "card_restored"),
        ProcessBegan(5_025.0, "main", "gate"),
        relay(5_025.0, on=True),
    ),
    "a denial": (*HERE, stored(11.0, 1, decided(outcome=Outcome.DENY)), *PULSE),
    "a grant that is stored afterwards": (
        *HERE,
        relay(11.0, on=True),
        stored(11.0, 1, decided()),
        leaves(12.0),
    ),
    "another gate's grant": (
        *peopled("side"),
        *begun(),
        *visit(10.0, device="side"),
        stored(11.0, 1, decided(), device="side"),
        relay(11.1, on=True),
        leaves(12.0, device="side"),
    ),
    "a grant of an hour ago": (
        *HERE,
        stored(11.0, 1, decided()),
        *PULSE,
        relay(3600.0, on=True),
    ),
    "a fire of an hour ago": (
        *begun(),
        line(10.0, "fire"),
        relay(10.1, on=True),
        line(20.0, "fire", active=False),
        relay(30.0, on=False),
        relay(3600.0, on=True),
    ),
    "the beams of another lane": (*begun(), line(10.0, "beam_outer", device="side"), relay(10.1, on=True)),
}


@pytest.mark.parametrize("story", WITH_CAUSE.values(), ids=WITH_CAUSE)
def test_a_relay_may_open_for(story: tuple[Observation, ...]) -> None:
    assert "relay_has_cause" not in broken(*story)


@pytest.mark.parametrize("story", WITHOUT.values(), ids=WITHOUT)
def test_a_relay_may_not_open_for(story: tuple[Observation, ...]) -> None:
    assert "relay_has_cause" in broken(*story)


@pytest.mark.parametrize(("opens", "objects"), [(True, False), (False, True)])
def test_a_full_card_opens_where_the_site_says_so(opens: bool, objects: bool) -> None:
    story = (*begun(), Began(5.0, 1, "card_full", "main"), relay(10.0, on=True))
    assert ("relay_has_cause" in broken(*story, rules=Rules(opens_when_full=opens))) is objects
