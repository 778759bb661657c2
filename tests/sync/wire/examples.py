"""One message of every kind, and keys that are the same every day."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commands.core import Command, CommandKind, CommandOutcome, CommandResult
from edge.counting.core import CountSnapshot, PersonAccess
from edge.counting.core.count_snapshot import CounterLine
from edge.counting.core.occupancy import Tally
from edge.decision import ClockTrust, Direction, LastAccess
from edge.journal.format import START, Acknowledgement, Entry, told
from edge.journal.format.chain import link
from edge.registry_requests import (
    EnrolmentAnswer,
    EnrolmentRequest,
    RequestKind,
    RequestState,
)
from edge.signing.cose import Keys, Stamp, keys_of
from sync.wire import (
    SCHEMA,
    SPEAKS,
    ClockAnswer,
    ClockQuestion,
    DeviceRefused,
    DeviceState,
    GateCounts,
    Health,
    Held,
    Hello,
    IdentityShared,
    ListOffer,
    RefusedByCentral,
    RefusedByDevice,
    RefusedDevice,
    RegistryChunk,
    RegistryLists,
    RegistryManifest,
    RegistryRoot,
    RegistryUrgent,
    RegistryWant,
    SiteCounts,
    StoredNotice,
    Welcome,
    batch_of,
    fingerprint,
)
from sync.wire.messages import Message
from tests.events import decided

DEVICE = "gp-0001"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KEYS: Keys = keys_of([KEY.public_key().public_bytes_raw()])
EPOCH, NONCE = bytes(range(16)), bytes(range(100, 116))
AT = 1_772_496_000_000_000  # 2026-03-03 00:00 UTC


def chained(count: int, *, epoch: bytes = EPOCH, size: int = 0, gate: str = "main") -> list[Entry]:
    """A journal's first `count` events."""
    _, body = told(decided(near_miss="x" * size or None))
    entries: list[Entry] = []
    for sequence in range(1, count + 1):
        entries.append(
            link(
                epoch=epoch,
                gate=gate,
                sequence=sequence,
                at=AT + sequence,
                trust=ClockTrust.TRUSTED,
                monotonic=1000.0 + sequence / 3,
                kind="access_decided",
                body=body,
                previous=entries[-1].hash if entries else START,
            )
        )
    return entries


COUNTS = CountSnapshot(
    "gatepost-counts-1",
    "green-court",
    "main",
    (CounterLine("main", EPOCH.hex(), "2026-03-03", Tally(entered=12, left=3)),),
    (
        PersonAccess(
            "li-na", LastAccess(Direction.ENTRY, datetime(2026, 3, 3, tzinfo=UTC), ClockTrust.TRUSTED, "main")
        ),
    ),
)

MESSAGES: dict[str, Message] = {
    "hello": Hello(
        NONCE,
        Stamp(AT, 1),
        SPEAKS,
        SCHEMA,
        software="0.1.0",
        started=AT - 1,
        held=Held(4, 2, 3, fingerprint=fingerprint((RegistryRoot(b"root"), RegistryUrgent(b"urgent")))),
    ),
    "welcome": Welcome(NONCE, AT, AT - 5, SPEAKS, SCHEMA, software="0.1.0"),
    "journal": batch_of(chained(3), 0),
    "health": Health(
        DeviceState.ONLINE,
        AT,
        Stamp(AT, 7),
        software="0.1.0",
        started=AT - 1,
        epoch=EPOCH,
        newest=9,
        acknowledged=7,
        waiting=2,
        held=Held(4, 2, 3),
        clock_offset=-250,
        clock_error=90,
        refused={"forged": 1},
        alarms=("journal_forked",),
    ),
    "clock_question": ClockQuestion(NONCE),
    "registry_want": RegistryWant(bytes(32), (0, 3), held=3),
    "command_result": CommandResult(
        NONCE, CommandOutcome.UNSURE, AT, "the gate's clock is not set", bytes(range(16)), Stamp(AT, 8)
    ),
    "acknowledgement": Acknowledgement(EPOCH, 3, chained(3)[-1].hash, AT),
    "stored_notice": StoredNotice(EPOCH, 3, chained(3)[-1].hash, AT),
    "clock_answer": ClockAnswer(NONCE, AT),
    "identity_shared": IdentityShared(AT),
    "device_refused": DeviceRefused(RefusedDevice.RETIRED, AT),
    "registry_root": RegistryRoot(b"root"),
    "registry_manifest": RegistryManifest(b"manifest"),
    "registry_urgent": RegistryUrgent(b"urgent"),
    "registry_lists": RegistryLists((ListOffer("revocations.list", 7, 0, bytes(32), 4, bytes(32)),)),
    "registry_chunk": RegistryChunk(bytes(32), 7, b"chunk"),
    "gate_counts": GateCounts(COUNTS, Stamp(AT, 3), asks=True),
    "site_counts": SiteCounts(COUNTS),
    "enrolment_request": EnrolmentRequest(
        NONCE,
        RequestKind.ENROL,
        AT,
        "li-xiulan",
        "wang",
        version=3,
        engine="sface-2021dec-int8bq-2",
        templates=(b"sealed",),
        wording="2026-11",
        language="zh",
        digest=bytes(32),
        paper=b"sealed too",
        alike="li-xiufang",
        choice="two_people",
    ),
    "enrolment_answer": EnrolmentAnswer(NONCE, RequestState.ACCEPTED, AT, version=2032),
    "refused_by_central": RefusedByCentral("journal", bytes(32), "altered", "sequence 7", AT),
    "refused_by_device": RefusedByDevice("registry/chunk", bytes(32), "forged", "has a wrong signature", AT),
    "command": Command(
        NONCE, CommandKind.OPEN_ONCE, "li-na@desk-1", AT, AT + 10_000_000, AT, challenge=bytes(range(16))
    ),
}
