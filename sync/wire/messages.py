"""The messages between gate and central, and how they become signed bytes on a topic and back. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Meta

from edge.commands.core import MOST_COMMAND_BYTES, Command, CommandResult
from edge.decision import ClockTrust
from edge.journal.format import MOST_BODY_BYTES, START, Acknowledgement
from edge.registry_requests import (
    MOST_REQUEST_BYTES,
    EnrolmentAnswer,
    EnrolmentRequest,
)
from edge.signing.cose import (
    NO_STAMP,
    CborLimits,
    Digest,
    EpochId,
    Keys,
    MessageRefusal,
    MessageRefused,
    Microseconds,
    Nonce,
    Offset,
    Sequence,
    ShortText,
    Stamp,
    claimed_payload,
    decode,
    encode_value,
    seal,
    unseal,
)
from sync.wire.counts import MOST_COUNTS_BYTES, GateCounts, SiteCounts
from sync.wire.hello import Held, Hello, Welcome
from sync.wire.lists import MOST_ANNOUNCED_BYTES, RegistryLists
from sync.wire.refusals import RefusedByCentral, RefusedByDevice
from sync.wire.stored import StoredNotice
from sync.wire.topics import Channel, parse_topic

MOST_ROWS = 100
MOST_BATCH_BYTES = 64 * 1024
"""Of the payload of a journal batch."""
MOST_CHUNK_BYTES = 256 * 1024
MOST_CHUNKS_WANTED = 64
MOST_SIGNED_BYTES = 64 * 1024
"""Of a signed manifest, root or list of urgent revocations."""


class Row(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One event of a batch: a journal entry without what the batch says for all of its rows.

    `monotonic` is an IEEE 754 double, big-endian. Its sequence is the batch's `first` plus its
    index; the hash before it is that of the row before, or the batch's `previous` for the first row.
    Who reads it computes its own hash.
    """

    at: Microseconds
    trust: ClockTrust
    monotonic: Annotated[bytes, Meta(min_length=8, max_length=8)]
    kind: Annotated[str, Meta(max_length=64, pattern=r"\A[!-~]+\Z")]
    body: Annotated[bytes, Meta(max_length=MOST_BODY_BYTES)]


class JournalBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Consecutive events of one chain. Central answers with an acknowledgement of what it has of the epoch.

    `after` is the sequence before `first` that the gate has, or had until it was acknowledged. Where `after`
    is not `first - 1`, the gate declares the events between as lost. `hash` is that of the last row: a batch
    whose rows do not lead from `previous` to it was altered. A batch without rows is a question.
    """

    epoch: EpochId
    gate: ShortText
    first: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    after: Sequence
    previous: Digest
    rows: Annotated[tuple[Row, ...], Meta(max_length=MOST_ROWS)] = ()
    hash: Digest = START


class DeviceState(StrEnum):
    """Whether a gate's sync process is there."""

    ONLINE = "online"
    STOPPED = "stopped"
    GONE = "gone"  # the will: the broker publishes it, maybe hours after it was signed


SESSION_TAKEN_OVER = "session_taken_over"
"""The alarm of a gate whose session another client with the same identity took over."""


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """The health of a gate's sync process. A hint: nothing is decided by it.

    `newest` and `acknowledged` are sequences of `epoch`, the one being written; `waiting` counts events
    of all epochs that are not acknowledged. Add `clock_offset` to the gate's clock to get central's, give
    or take `clock_error` (both in microseconds); None: not measured yet. `refused` counts refused
    messages by code; `alarms` are codes of problems. Unknown fields are ignored, and fields with their
    defaults left out.
    """

    state: DeviceState
    at: Microseconds
    stamp: Stamp = NO_STAMP
    software: ShortText = ""
    started: Microseconds = 0
    epoch: EpochId | None = None
    newest: Sequence = 0
    acknowledged: Sequence = 0
    waiting: Sequence = 0
    held: Held = Held()
    clock_offset: Offset | None = None
    clock_error: Sequence | None = None
    refused: Annotated[dict[ShortText, Sequence], Meta(max_length=64)] = {}
    alarms: Annotated[tuple[ShortText, ...], Meta(max_length=16)] = ()


class ClockQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asks central for the time. The nonce is new for each question."""

    nonce: Nonce


class ClockAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Central's clock read `at` when it handled the question with this nonce."""

    nonce: Nonce
    at: Microseconds


class IdentityShared(msgspec.Struct, frozen=True):
    """Another process uses this device's identity too, as central saw at `at`."""

    at: Microseconds


class RefusedDevice(StrEnum):
    """Why central refuses a device and ends its link."""

    RETIRED = "retired"  # for good: its replacement has another id
    SUSPENDED = "suspended"  # until it is resumed: its certificate was revoked, say
    UNKNOWN = "unknown"  # it is not in central's database, or not yet
    DISCONNECTED = "disconnected"  # it is in service: a person ended this one link


class DeviceRefused(msgspec.Struct, frozen=True):
    """Central refuses this device from its own time `at` on; the device ends the link.

    A `retired` device stays away for good, any other comes back after a while.
    """

    why: RefusedDevice
    at: Microseconds


class RegistryRoot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A root (which keys may sign what), in the bytes that the holders of the root keys signed."""

    signed: Annotated[bytes, Meta(max_length=MOST_SIGNED_BYTES)]


class RegistryManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest registry's manifest, in the bytes that the registry key signed."""

    signed: Annotated[bytes, Meta(max_length=MOST_SIGNED_BYTES)]


class RegistryUrgent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list of urgent revocations, in the bytes that the registry key signed."""

    signed: Annotated[bytes, Meta(max_length=MOST_SIGNED_BYTES)]


class RegistryWant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for chunks of the object (snapshot or changes) with this SHA-256. `held` is the version in
    force.
    """

    object: Digest
    chunks: Annotated[
        tuple[Annotated[int, Meta(ge=0, lt=2**32)], ...],
        Meta(min_length=1, max_length=MOST_CHUNKS_WANTED),
    ]
    held: Sequence = 0


class RegistryChunk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One chunk of the object with this SHA-256; the manifest has the chunk's own hash."""

    object: Digest
    index: Annotated[int, Meta(ge=0, lt=2**32)]
    data: Annotated[bytes, Meta(max_length=MOST_CHUNK_BYTES)]


Message = (
    Hello
    | Welcome
    | JournalBatch
    | Health
    | ClockQuestion
    | RegistryWant
    | CommandResult
    | Acknowledgement
    | StoredNotice
    | ClockAnswer
    | IdentityShared
    | DeviceRefused
    | RegistryRoot
    | RegistryManifest
    | RegistryUrgent
    | RegistryLists
    | RegistryChunk
    | Command
    | GateCounts
    | SiteCounts
    | EnrolmentRequest
    | EnrolmentAnswer
    | RefusedByCentral
    | RefusedByDevice
)


@dataclass(frozen=True)
class Format:
    """The kind of message on a channel, and its limits."""

    channel: Channel
    kind: type[Message]
    limits: CborLimits


_BATCH = CborLimits(MOST_BATCH_BYTES, depth=3, items=32 + 8 * MOST_ROWS)
_SMALL = CborLimits(4096, depth=2, items=256)
_LISTS = CborLimits(MOST_ANNOUNCED_BYTES, depth=5, items=1_024)
_COUNTS = CborLimits(MOST_COUNTS_BYTES, depth=6, items=24_000)
_OPEN = CborLimits(4096, depth=4, items=512)
"""Of messages that may have more fields one day."""
_REQUEST = CborLimits(MOST_REQUEST_BYTES, depth=3, items=128)
_SIGNED = CborLimits(MOST_SIGNED_BYTES + 64, depth=1, items=8)

FORMATS = (
    Format(Channel.JOURNAL, JournalBatch, _BATCH),
    Format(Channel.HELLO, Hello, _OPEN),
    Format(Channel.WELCOME, Welcome, _OPEN),
    Format(Channel.HEALTH, Health, _OPEN),
    Format(Channel.CLOCK_QUESTION, ClockQuestion, _SMALL),
    Format(Channel.REGISTRY_WANT, RegistryWant, _SMALL),
    Format(Channel.COMMAND_RESULT, CommandResult, _OPEN),
    Format(Channel.ACKNOWLEDGEMENT, Acknowledgement, _SMALL),
    Format(Channel.STORED, StoredNotice, _SMALL),
    Format(Channel.CLOCK_ANSWER, ClockAnswer, _SMALL),
    Format(Channel.IDENTITY_SHARED, IdentityShared, _OPEN),
    Format(Channel.DEVICE_REFUSED, DeviceRefused, _OPEN),
    Format(Channel.REGISTRY_ROOT, RegistryRoot, _SIGNED),
    Format(Channel.REGISTRY_MANIFEST, RegistryManifest, _SIGNED),
    Format(Channel.REGISTRY_URGENT, RegistryUrgent, _SIGNED),
    Format(Channel.REGISTRY_LISTS, RegistryLists, _LISTS),
    Format(Channel.REGISTRY_CHUNK, RegistryChunk, CborLimits(MOST_CHUNK_BYTES + 128, depth=1, items=8)),
    Format(Channel.GATE_COUNTS, GateCounts, _COUNTS),
    Format(Channel.SITE_COUNTS, SiteCounts, _COUNTS),
    Format(Channel.ENROLMENT_REQUEST, EnrolmentRequest, _REQUEST),
    Format(Channel.ENROLMENT_ANSWER, EnrolmentAnswer, _OPEN),
    Format(Channel.REFUSED_BY_CENTRAL, RefusedByCentral, _SMALL),
    Format(Channel.REFUSED_BY_DEVICE, RefusedByDevice, _SMALL),
    Format(Channel.COMMAND, Command, CborLimits(MOST_COMMAND_BYTES, depth=1, items=32)),
)
_BY_CHANNEL = {format_.channel: format_ for format_ in FORMATS}
_BY_KIND = {format_.kind: format_ for format_ in FORMATS}

MOST_MESSAGE_BYTES = MOST_CHUNK_BYTES + 1024
"""More than any message has, in bytes: the packet limit of brokers and clients."""


@dataclass(frozen=True)
class SealedMessage:
    """A signed message, ready to be published. A broker must retain none."""

    topic: str
    data: bytes


@dataclass(frozen=True)
class ReceivedMessage:
    """A verified message, and the exact bytes that were signed."""

    device: str
    channel: Channel
    message: Message
    data: bytes


def seal_message(message: Message, device: str, key: Ed25519PrivateKey) -> SealedMessage:
    """Sign `message` to or from `device`; its kind determines the channel."""
    topic = _BY_KIND[type(message)].channel.of(device)
    return SealedMessage(topic, seal(encode_value(message), topic, key))


def open_message(
    topic: str, data: bytes, keys: Keys, *, retained: bool = False, only: str | None = None
) -> ReceivedMessage:
    """Verify the message `data` that arrived on `topic` against `keys`. Raises MessageRefused.

    Checked in this order: topic, device (if only messages of `only` are accepted), `retained` (a broker must
    retain none), size, version, signature, content.
    """
    device, channel = parse_topic(topic)
    if only is not None and device != only:
        raise MessageRefused(MessageRefusal.OTHER_DEVICE, f"is for device {device}, not {only}", where=topic)
    if retained:
        raise MessageRefused(
            MessageRefusal.RETAINED, "was retained by the broker; no message may be", where=topic
        )
    format_ = _BY_CHANNEL[channel]
    payload = unseal(data, topic, keys, most_payload_bytes=format_.limits.size)
    return ReceivedMessage(device, channel, decode(payload, format_.kind, format_.limits, where=topic), data)


def read_unverified(topic: str, data: bytes) -> Message:
    """The message that `data` claims to be on `topic`, by nobody's signature: for content that is signed
    itself. Raises MessageRefused.
    """
    format_ = _BY_CHANNEL[parse_topic(topic)[1]]
    payload = claimed_payload(data, topic, most_payload_bytes=format_.limits.size)
    return decode(payload, format_.kind, format_.limits, where=topic)
