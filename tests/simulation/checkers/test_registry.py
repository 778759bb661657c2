"""No registry goes back on one card; each gate has the newest in the end, and says when its own has ended."""

from __future__ import annotations

import pytest

from edge.journal.format import RegistryExpired
from tests.simulation.checkers.stories import LATE, at_central, begun, broken, stored
from tests.simulation.observations import (
    Calm,
    CardChanged,
    ClockState,
    InForce,
    Observation,
    ProcessBegan,
    ProcessEnded,
    Published,
)

Story = tuple[Observation | tuple[Observation, ...], ...]
FIRST, SECOND = Published(0.0, 1, LATE * 10), Published(100.0, 2, LATE * 10)
HOLDS = (FIRST, begun(), InForce(0.0, "main", 1, 0.0), SECOND, InForce(110.0, "main", 2, 100.0))
SHORT = (Published(0.0, 1, 1_000.0), begun(), InForce(0.0, "main", 1, 0.0))
SAID = stored(1_001.0, 1, RegistryExpired(1, "since"))

KEPT: dict[str, Story] = {
    "a newer one follows": (*HOLDS, Calm(200.0)),
    "the same is told again": (*HOLDS, InForce(120.0, "main", 2, 100.0)),
    "a card that was put back holds an older one, and then the newest": (
        *HOLDS,
        CardChanged(200.0, "main", "card_restored"),
        InForce(210.0, "main", 1, 0.0),
        InForce(220.0, "main", 2, 100.0),
    ),
    "a damaged bundle falls back to the one before": (
        *HOLDS,
        CardChanged(200.0, "main", "state_file_damaged", "current.bundle"),
        InForce(210.0, "main", 1, 0.0),
        InForce(220.0, "main", 2, 100.0),
        Calm(300.0),
    ),
    "a damaged bundle leaves nothing, and the status file is that of before": (
        *HOLDS,
        CardChanged(200.0, "main", "state_file_damaged", "state/registry/current.bundle"),
        InForce(210.0, "main", 2, 100.0),
        InForce(210.0, "main", 0, 0.0),
        InForce(220.0, "main", 2, 100.0),
        Calm(300.0),
    ),
    "it expires, and that is said": (*SHORT, SAID, at_central(1_002.0, SAID)),
    "it expires while the process is away": (
        *SHORT,
        ProcessEnded(900.0, "main", "gate", "killed"),
        ProcessBegan(2_000.0, "main", "gate"),
        stored(2_001.0, 1, RegistryExpired(1, "since")),
    ),
    "it expires by a clock that is wrong": (*SHORT, ClockState(500.0, "main", -9_000.0, False)),
    "another one took its place in time": (*SHORT, SECOND, InForce(500.0, "main", 2, 100.0)),
}
BROKEN: dict[str, tuple[str, Story]] = {
    "an older one is taken": ("registry_never_goes_back", (*HOLDS, InForce(200.0, "main", 1, 0.0))),
    "none is held any more": ("registry_never_goes_back", (*HOLDS, InForce(200.0, "main", 0, 0.0))),
    "another issue of the same version": (
        "registry_never_goes_back",
        (*HOLDS, InForce(200.0, "main", 2, 50.0)),
    ),
    "one that nobody published": ("registry_never_goes_back", (*HOLDS, InForce(200.0, "main", 3, 150.0))),
    "it falls twice after one damage": (
        "registry_never_goes_back",
        (
            *HOLDS,
            CardChanged(200.0, "main", "state_file_damaged", "state/registry/current.bundle"),
            InForce(210.0, "main", 1, 0.0),
            InForce(220.0, "main", 2, 100.0),
            InForce(230.0, "main", 1, 0.0),
        ),
    ),
    "the newest never comes": ("convergence", (*HOLDS[:-1], Calm(200.0))),
    "it expires, and nothing is said": ("expiry_is_said", SHORT),
    "a new process does not say it": (
        "expiry_is_said",
        (
            *SHORT,
            SAID,
            ProcessEnded(3_000.0, "main", "gate", "killed"),
            ProcessBegan(4_000.0, "main", "gate"),
        ),
    ),
}


@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_a_registry_is_right_where(story: Story) -> None:
    assert broken(*story) == set()


@pytest.mark.parametrize(("checker", "story"), BROKEN.values(), ids=BROKEN)
def test_it_is_found_that(checker: str, story: Story) -> None:
    assert broken(*story) == {checker}
