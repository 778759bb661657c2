"""Between the cards and central nothing is lost, doubled, reordered or invented, and nothing pruned too
early.
"""

from __future__ import annotations

import pytest

from tests.simulation.checkers.stories import EPOCH, NEW_EPOCH, at_central, begun, broken, stored
from tests.simulation.observations import (
    Acknowledged,
    Began,
    Calm,
    CardChanged,
    CentralRestored,
    Copied,
    Ended,
    FoundAtCentral,
    Gone,
    Linked,
    Observation,
    Over,
    ProcessBegan,
    ProcessEnded,
    Stored,
)

Story = tuple[Observation | tuple[Observation, ...], ...]
ONE, TWO, THREE = (stored(float(10 * n), n) for n in (1, 2, 3))
ALL = (ONE, TWO, THREE)
SENT = at_central(40.0, *ALL)
CALM = Calm(50.0)


def again(at: float, *events: Stored) -> tuple[Stored, ...]:
    """Events as they are told again from a card that was put back."""
    return tuple(Stored(at, e.device, e.epoch, e.sequence, e.hash, e.kind, e.body) for e in events)


def copied(at: float, event: Stored) -> Copied:
    """An event on the copy of a card."""
    return Copied(at, event.device, event.epoch, event.sequence, event.hash, event.kind, event.body)


KEPT: dict[str, Story] = {
    "all that is stored arrives": (begun(), *ALL, SENT, CALM),
    "it arrives in another order, and twice": (
        begun(),
        *ALL,
        at_central(40.0, THREE),
        at_central(41.0, ONE, TWO),
        at_central(42.0, TWO),
        CALM,
    ),
    "what central has is acknowledged, and its database is put back": (
        begun(),
        *ALL,
        SENT,
        Acknowledged(41.0, "main", EPOCH, 3, THREE.hash),
        CentralRestored(42.0, 15.0),
        at_central(43.0, *ALL),
        CALM,
    ),
    "it arrives after the last fault": (begun(), *ALL, CALM, at_central(900.0, *ALL)),
    "what was stored just now is on its way": (begun(), *ALL, SENT, CALM, stored(99_990.0, 4)),
    "central's database is put back, and gets it again": (
        begun(),
        *ALL,
        SENT,
        CentralRestored(60.0, 15.0),
        at_central(61.0, *ALL),
        Calm(70.0),
    ),
    "an older backup is put back, then one of before that": (
        begun(),
        *ALL,
        SENT,
        CentralRestored(60.0, 15.0),
        at_central(61.0, *ALL),
        CentralRestored(70.0, 50.0),
        Calm(80.0),
    ),
    "what was pruned before that is missing, and said to be": (
        begun(),
        *ALL,
        SENT,
        Gone(45.0, "main", EPOCH, 2),
        CentralRestored(60.0, 15.0),
        FoundAtCentral(61.0, "main", "missing", "", EPOCH, 1, 2),
        at_central(61.0, THREE),
        Calm(70.0),
    ),
    "pruned after central has it": (begun(), *ALL, SENT, Gone(45.0, "main", EPOCH, 2), CALM),
    "the newest event of a killed process is gone after a power cut": (
        begun(),
        ONE,
        TWO,
        ProcessEnded(20.0, "main", "gate", "killed"),
        ProcessBegan(25.0, "main", "gate"),
        ProcessEnded(26.0, "main", "gate", "power"),
        ProcessBegan(27.0, "main", "gate"),
        stored(28.0, 2, by="another"),
        at_central(40.0, ONE, stored(28.0, 2, by="another")),
        CALM,
    ),
    "an event whose sync failed is gone": (
        begun(),
        ONE,
        Began(15.0, 1, "card_fails", "main"),
        TWO,
        Ended(25.0, 1, "card_fails", "main"),
        stored(28.0, 2, by="another"),
        at_central(40.0, ONE, stored(28.0, 2, by="another")),
        CALM,
    ),
    "a card that was put back counts on, and then anew": (
        begun(),
        *ALL,
        SENT,
        CardChanged(60.0, "main", "card_restored"),
        *again(60.0, ONE),
        stored(61.0, 2, by="another"),
        stored(70.0, 1, epoch=NEW_EPOCH),
        at_central(71.0, stored(70.0, 1, epoch=NEW_EPOCH)),
        Calm(80.0),
    ),
    "a card that was put back has lost what central never got": (
        begun(),
        *ALL,
        at_central(40.0, ONE),
        CardChanged(60.0, "main", "card_restored"),
        *again(60.0, ONE),
        stored(70.0, 1, epoch=NEW_EPOCH),
        at_central(71.0, stored(70.0, 1, epoch=NEW_EPOCH)),
        Calm(80.0),
    ),
    "noise on the card": (
        begun(),
        *ALL,
        CardChanged(60.0, "main", "card_noise"),
        stored(70.0, 1, epoch=NEW_EPOCH),
        FoundAtCentral(75.0, "main", "missing", "", EPOCH, 2, 2),
        at_central(75.0, ONE, THREE, stored(70.0, 1, epoch=NEW_EPOCH)),
        Gone(76.0, "main", EPOCH, 2),
        Calm(80.0),
    ),
    "a clone counts anew, and takes along what it did not send": (
        begun(),
        ONE,
        CardChanged(15.0, "main~2", "card_cloned"),
        begun("main~2", 15.0),
        *again(15.0, stored(10.0, 1, device="main~2")),
        stored(16.0, 1, device="main~2", epoch=NEW_EPOCH),
        at_central(40.0, ONE),
        CALM,
    ),
    "a clone takes along an event whose sync failed, and central has it from there": (
        begun(),
        ONE,
        copied(15.0, ONE),
        copied(15.0, TWO),
        CardChanged(15.0, "main~2", "card_cloned"),
        begun("main~2", 15.0),
        *again(15.0, stored(10.0, 1, device="main~2"), stored(20.0, 2, device="main~2")),
        at_central(16.0, ONE, TWO),
        stored(20.0, 2, by="another"),  # the number is free: nobody was told that the first is stored
        stored(30.0, 1, epoch=NEW_EPOCH),
        at_central(40.0, stored(30.0, 1, epoch=NEW_EPOCH)),
        CALM,
    ),
}
BROKEN: dict[str, tuple[str, Story]] = {
    "an event never arrives": ("convergence", (begun(), *ALL, at_central(40.0, ONE, TWO), CALM)),
    "one of a damaged state file's gate neither": (
        "convergence",
        (begun(), *ALL, CardChanged(60.0, "main", "state_file_damaged", "rollback.json"), Calm(80.0)),
    ),
    "what a card that was put back holds is not sent": (
        "convergence",
        (
            begun(),
            *ALL,
            CardChanged(60.0, "main", "card_restored"),
            *again(60.0, ONE),
            stored(70.0, 1, epoch=NEW_EPOCH),
            at_central(71.0, stored(70.0, 1, epoch=NEW_EPOCH)),
            Calm(80.0),
        ),
    ),
    "a card that was put back never counts anew, and is not heard": (
        "convergence",
        (
            begun(),
            *ALL,
            SENT,
            CardChanged(60.0, "main", "card_restored"),
            *again(60.0, ONE),
            stored(61.0, 2, by="another"),
            Calm(80.0),
            stored(5_000.0, 3, by="another"),
        ),
    ),
    "a hole that nobody declared": (
        "central_agrees",
        (begun(), *ALL, at_central(40.0, ONE, THREE), CALM),
    ),
    "what an earlier database got is not in the one that was put back": (
        "central_agrees",
        (
            begun(),
            *ALL,
            SENT,
            CentralRestored(60.0, 15.0),
            CentralRestored(70.0, 65.0),
            at_central(71.0, THREE),
            Calm(80.0),
        ),
    ),
    "central invents an event": ("central_agrees", (begun(), ONE, at_central(40.0, TWO), CALM)),
    "an event is stored under another epoch": (
        "central_agrees",
        (
            begun(),
            ONE,
            stored(15.0, 1, epoch=NEW_EPOCH),
            at_central(40.0, ONE),
            tuple(
                type(event)(41.0, "main", NEW_EPOCH, 2, event.hash, event.kind, event.body)
                for event in at_central(41.0, ONE)
            ),
        ),
    ),
    "central's event says another thing": (
        "central_agrees",
        (
            begun(),
            ONE,
            tuple(
                type(event)(41.0, "main", EPOCH, 1, event.hash, event.kind, b"\xa0\xa0")
                for event in at_central(41.0, ONE)
            ),
        ),
    ),
    "a number is used again": ("sequences_once", (begun(), *ALL, stored(40.0, 3, by="another"))),
    "a power cut takes what was stored": (
        "sequences_once",
        (
            begun(),
            *ALL,
            ProcessEnded(35.0, "main", "gate", "power"),
            ProcessBegan(36.0, "main", "gate"),
            stored(40.0, 3, by="another"),
        ),
    ),
    "a number is left out": ("sequences_once", (begun(), ONE, THREE)),
    "a clone goes on in the first card's epoch": (
        "sequences_once",
        (
            begun(),
            ONE,
            CardChanged(15.0, "main~2", "card_cloned"),
            begun("main~2", 15.0),
            stored(16.0, 2, device="main~2"),
        ),
    ),
    "a clone goes on in the first card's epoch after what was copied": (
        "sequences_once",
        (
            begun(),
            ONE,
            copied(15.0, ONE),
            CardChanged(15.0, "main~2", "card_cloned"),
            begun("main~2", 15.0),
            stored(16.0, 2, device="main~2"),
        ),
    ),
    "a copied number is used again though the first was told to be stored": (
        "sequences_once",
        (begun(), ONE, TWO, copied(25.0, TWO), stored(30.0, 2, by="another")),
    ),
    "what was written after a copy never arrives": (
        "convergence",
        (
            begun(),
            ONE,
            copied(15.0, TWO),
            stored(20.0, 2, by="another"),
            at_central(21.0, ONE, TWO),
            CALM,
            stored(3000.0, 3),
        ),
    ),
    "pruned before central has it": (
        "nothing_pruned_unseen",
        (begun(), *ALL, at_central(40.0, ONE), Gone(45.0, "main", EPOCH, 2)),
    ),
    "pruned on a card that was put back, by what the first history's event is": (
        "nothing_pruned_unseen",
        (
            begun(),
            *ALL,
            SENT,
            CardChanged(60.0, "main", "card_restored"),
            *again(60.0, ONE),
            stored(61.0, 2, by="another"),
            stored(62.0, 3, by="another"),
            Gone(70.0, "main", EPOCH, 2),
        ),
    ),
    "an event is acknowledged before it is at central": (
        "acknowledged_is_there",
        (begun(), *ALL, at_central(40.0, ONE), Acknowledged(40.0, "main", EPOCH, 3, THREE.hash), SENT),
    ),
    "an event is acknowledged by another's number": (
        "acknowledged_is_there",
        (begun(), *ALL, SENT, Acknowledged(51.0, "main", EPOCH, 2, THREE.hash)),
    ),
    "a link never comes back": (
        "convergence",
        (begun(), Linked(10.0, "main", False), CALM),
    ),
    "a watchdog ends a sync process": (
        "nothing_starves",
        (begun(), ProcessEnded(10.0, "main", "sync", "starved: it names no reason to wait"), begun(at=11.0)),
    ),
    "an error ends a process": (
        "nothing_starves",
        (begun(), ProcessEnded(10.0, "main", "gate", "raised\nKeyError: 'x'"), begun(at=11.0)),
    ),
    "a link is lost in calm weather": (
        "convergence",
        (begun(), CALM, Linked(5_000.0, "main", False), Linked(5_001.0, "main", True)),
    ),
}


@pytest.mark.parametrize("story", KEPT.values(), ids=KEPT)
def test_nothing_is_wrong_where(story: Story) -> None:
    assert broken(*story) == set()


@pytest.mark.parametrize(("checker", "story"), BROKEN.values(), ids=BROKEN)
def test_it_is_found_that(checker: str, story: Story) -> None:
    assert checker in broken(*story)


@pytest.mark.parametrize(("hours", "objects"), [(0.1, False), (1.0, True)])
def test_convergence_is_asked_for_after_its_bound_only(hours: float, objects: bool) -> None:
    story = (begun(), *ALL, Calm(50.0), Over(50.0 + hours * 3600.0))
    assert ("convergence" in broken(*story)) is objects
