"""What a gate's next invitation says where whoever makes it says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import msgspec
import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from edge.decision import Direction as Way
from sync.central.adoption.known_gates import GateAsKnown, known_gate
from sync.central.adoption.tables import gate_invitation
from sync.central.devices.devices import enrol_device
from sync.central.store import Store
from sync.gate_invitation import Direction, GatePart
from tests.events import decided
from tests.keys import ed25519
from tests.sync.central.accesses.examples import journal, sent
from tests.sync.wire.examples import AT, DEVICE, EPOCH

SITE = "green-court"
Newer = dict[str, object]
LATER = count(AT, 1_000_000)
"""The centre's clock: each thing here happens a second after the one before, unless it says when."""
HOUR = 3_600_000_000


def known(store: Store, gate: str = "main") -> GateAsKnown:
    with store.reading() as connection:
        return known_gate(connection, SITE, gate)


def invited(
    store: Store,
    direction: Direction | None,
    gate: str = "main",
    newer: Newer | None = None,
    *,
    device: str = "x",
    at: int | None = None,
    enrolled_at: int | None = None,
) -> None:
    """An invitation of a gate, as somebody made it, with what a newer version says; one that let no device in
    was withdrawn.
    """
    made_at = next(LATER) if at is None else at
    part = GatePart(device, SITE, gate, direction, "en", "broker.example.org", 8883, "key")
    with store.writing() as connection:
        number = connection.execute(sa.select(sa.func.count()).select_from(gate_invitation)).scalar_one()
        values = {
            "site": SITE,
            "gate": gate,
            "device": device,
            "proof": bytes([number]) * 32,
            "part": msgspec.json.encode(msgspec.to_builtins(part) | (newer or {})),
            "replaces": False,
            "made_at": made_at,
            "made_by": "a test",
            "until": made_at,
            "enrolled_at": enrolled_at,
            "withdrawn_at": made_at if enrolled_at is None else None,
        }
        connection.execute(sa.insert(gate_invitation).values(values))


def decides(
    store: Store,
    *ways: Way,
    device: str = DEVICE,
    gate: str = "main",
    epoch: bytes = EPOCH,
    ahead: Sequence[int] = (),
    at: int | None = None,
) -> None:
    """Decisions that the centre receives `at`; by so many seconds the gate's clock was ahead at each."""
    event = decided()
    events = [replace(event, evidence=replace(event.evidence, direction=way)) for way in ways]
    happened = list(zip(ahead or range(len(ways)), events, strict=True))
    sent(store, journal(happened, gate=gate, epoch=epoch), device, next(LATER) if at is None else at)


def enrolled(store: Store, device: str) -> int:
    """The gate's next computer, and when it came."""
    with store.writing() as connection:
        key, at = ed25519(device).public_key().public_bytes_raw(), next(LATER)
        enrol_device(connection, device, (SITE, "main"), key, at)
    return at


def test_of_a_gate_that_nobody_has_spoken_of_nothing_is_known(store: Store) -> None:
    invited(store, "exit", "rear")
    decides(store, Way.EXIT, device="gp-0002", gate="rear")
    assert known(store) == GateAsKnown()


def test_the_newest_invitation_that_says_it_counts(store: Store) -> None:
    for told in ("entry", "exit", None):
        invited(store, told)
    assert known(store) == GateAsKnown("exit", "en")


@pytest.mark.parametrize(
    ("newer", "known_as"),
    [
        ({"zz_newer": 1}, GateAsKnown("exit", "en")),
        ({"direction": "zz_newer"}, GateAsKnown(None, "en")),
        ({"language": "zz_newer"}, GateAsKnown("exit", None)),
    ],
)
def test_of_an_invitation_of_a_newer_version_counts_what_is_known(
    store: Store, newer: Newer, known_as: GateAsKnown
) -> None:
    """A way that nobody here knows is asked at the gate: an earlier one is not it."""
    invited(store, "entry")
    invited(store, "exit", newer=newer)
    assert known(store) == known_as


@pytest.mark.parametrize(
    ("told", "ways", "known_as"),
    [
        (None, [Way.EXIT], "exit"),
        ("entry", [Way.EXIT], "exit"),
        ("exit", [Way.ENTRY], "entry"),
        ("entry", [Way.ENTRY, Way.EXIT], "exit"),
        ("both", [Way.ENTRY], "both"),
        ("both", [Way.EXIT], "exit"),
    ],
)
def test_what_the_gate_itself_decided_last_is_newer(
    store: Store, told: Direction | None, ways: list[Way], known_as: str
) -> None:
    """A gate for both ways decides entries."""
    invited(store, told)
    decides(store, *ways)
    assert known(store).direction == known_as


def test_the_gates_computer_of_now_says_it_where_it_has_decided(store: Store) -> None:
    decides(store, Way.EXIT)
    enrolled(store, "gp-0003")
    assert known(store).direction == "exit", "it has not decided yet"
    decides(store, Way.ENTRY, device="gp-0003", epoch=bytes(16))
    assert known(store).direction == "entry"


def test_an_invitation_that_is_newer_than_the_last_decision_counts(store: Store) -> None:
    """The lane was turned, and its new computer has not decided yet."""
    decides(store, Way.ENTRY)
    invited(store, "exit")
    assert known(store).direction == "exit", "it has not come yet"
    enrolled(store, "gp-0003")
    assert known(store).direction == "exit"
    decides(store, Way.ENTRY, device="gp-0003", epoch=bytes(16))
    assert known(store).direction == "entry", "it was set up for another way than was said"


def test_the_computer_of_before_that_serves_until_the_next_one_comes_is_not_newer(store: Store) -> None:
    made_at = next(LATER)
    decides(store, Way.ENTRY)
    invited(store, "exit", device="gp-0003", at=made_at, enrolled_at=enrolled(store, "gp-0003"))
    assert known(store).direction == "exit"


def test_a_gates_clock_that_was_ahead_says_nothing_of_which_is_newer(store: Store) -> None:
    decides(store, Way.ENTRY, Way.EXIT, ahead=(10**9, 1))
    assert known(store).direction == "exit", "the last of the journal"
    decides(store, Way.ENTRY, epoch=bytes(16), ahead=(-(10**6),))
    assert known(store).direction == "entry", "of the journal that was heard last"
    invited(store, "both")
    invited(store, "exit")
    assert known(store).direction == "exit"


def test_a_computer_decides_after_it_was_invited_whatever_the_centres_clock_does(store: Store) -> None:
    came = enrolled(store, "gp-0003")
    invited(store, "entry", device="gp-0003", at=came + HOUR, enrolled_at=came + HOUR)
    decides(store, Way.EXIT, device="gp-0003")
    assert known(store).direction == "exit"
