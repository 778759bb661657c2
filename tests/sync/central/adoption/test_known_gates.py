"""What a gate's next invitation says where whoever makes it says nothing."""

from __future__ import annotations

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


def known(store: Store, gate: str = "main") -> GateAsKnown:
    with store.reading() as connection:
        return known_gate(connection, SITE, gate)


def invited(
    store: Store, direction: Direction | None, gate: str = "main", newer: Newer | None = None
) -> None:
    """An invitation of a gate, as somebody made and withdrew it, with what a newer version says."""
    part = GatePart("x", SITE, gate, direction, "en", "broker.example.org", 8883, "key")
    with store.writing() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(gate_invitation)).scalar_one()
        values = {
            "site": SITE,
            "gate": gate,
            "device": "x",
            "proof": bytes([count]) * 32,
            "part": msgspec.json.encode(msgspec.to_builtins(part) | (newer or {})),
            "replaces": False,
            "made_at": AT,
            "made_by": "a test",
            "until": AT,
            "withdrawn_at": AT,
        }
        connection.execute(sa.insert(gate_invitation).values(values))


def decides(store: Store, *ways: Way, device: str = DEVICE, gate: str = "main", epoch: bytes = EPOCH) -> None:
    event = decided()
    events = [replace(event, evidence=replace(event.evidence, direction=way)) for way in ways]
    sent(store, journal(events, gate=gate, epoch=epoch), device)


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
    with store.writing() as connection:
        key = ed25519("newer").public_key().public_bytes_raw()
        enrol_device(connection, "gp-0003", (SITE, "main"), key, AT)
    assert known(store).direction == "exit", "it has not decided yet"
    decides(store, Way.ENTRY, device="gp-0003", epoch=bytes(16))
    assert known(store).direction == "entry"
