"""One event of the journal, as it is stored, chained and told to others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from edge.decision import ClockTrust, WallTime
from edge.support.decoding import json_of

MOST_BODY_BYTES = 16 * 1024
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EventKind(StrEnum):
    """What happened. A kind, once released, keeps its meaning; later versions add kinds.

    The lane's own events (`lane_…`) are in edge.lane.machine.signals.LaneEvent.
    """

    GATE_STARTED = "gate_started"  # version, configuration's hash, registry's version
    GATE_STOPPED = "gate_stopped"
    ACCESS_DECIDED = "access_decided"  # decision, evidence, mode, registry's version, input
    STILL_BEFORE_GATE = "still_before_gate"  # subject, reference, grant: not admitted again, by the same act
    REGISTRY_INSTALLED = "registry_installed"  # version, issued, expires, subjects
    REGISTRY_REFUSED = "registry_refused"  # reason, text, times: once a minute a reason
    REGISTRY_EXPIRED = "registry_expired"  # version, text: the policy's staleness rule holds
    REVOCATIONS_INSTALLED = "revocations_installed"  # number: passes, people or keys that count no more
    FACE_THRESHOLDS = "face_thresholds"  # what faces need from now on, and the predicted rates
    LIST_INSTALLED = "list_installed"  # list, version: of certificate issuers or of revocations
    LIST_REFUSED = "list_refused"  # list, reason, times: once a minute a list and reason
    CODE_FLOOD = "code_flood"  # ignored, seconds: codes that were too many to be read
    CLOCK_CONFIRMED = "clock_confirmed"  # off: seconds, central: its time. Written before counts no more
    CLOCK_DISAGREES = "clock_disagrees"  # the same: the clock is not believed until it agrees
    CLOCK_UNSURE = "clock_unsure"  # why, synchronised: not believed for a while, by what is known here
    CAMERA_STATE = "camera_state"  # state, detail; times, where it was held back
    VISION_FAILED = "vision_failed"  # reason, restarts
    VISION_REPORT_REFUSED = "vision_report_refused"  # reason, times: the worker wrote what cannot be
    VISION_NOT_CONFINED = "vision_not_confined"  # missing: what this kernel does not keep the worker from
    OCCUPANCY_WARNED = "occupancy_warned"  # level, inside, limit, certainty
    OCCUPANCY_STOPPED = "occupancy_stopped"  # the same: entries are held from here on
    OCCUPANCY_RELIEVED = "occupancy_relieved"  # the same: a level ended
    OCCUPANCY_RESET = "occupancy_reset"  # from, to: the days; inside, as it was
    OCCUPANCY_CORRECTED = "occupancy_corrected"  # by: so many more (or fewer); why, inside, staff
    COUNTS_UNSURE = "counts_unsure"  # why: passages may have gone uncounted
    COUNTS_REFUSED = "counts_refused"  # file, why; besides: so many more
    ANTI_PASSBACK = "anti_passback"  # subject, direction, before, gate: passed the same way again
    THERMOMETER_STATE = "thermometer_state"  # state, detail
    JOURNAL_SALVAGED = "journal_salvaged"  # the damaged epoch, kept and missing sequences
    JOURNAL_RECOVERED = "journal_recovered"  # how many events could not be stored, since when
    JOURNAL_EPOCH_BEGUN = "journal_epoch_begun"  # why, and the epoch, sequence and hash that it follows
    USED_PASSES_UNKNOWN = "used_passes_unknown"  # what was used before this is lost: see docs/journal.md
    COMMAND_TAKEN = "command_taken"  # nonce, command, argument, actor: before it is carried out
    COMMAND_RESULT = "command_result"  # the same, with outcome and text
    COMMAND_REFUSED = "command_refused"  # reason, times: not genuine
    STANDING_ORDERS_DAMAGED = (
        "standing_orders_damaged"  # text, locked: what stood could not be read at a start
    )
    ACKNOWLEDGEMENT_REFUSED = "acknowledgement_refused"  # reason


class Entry(msgspec.Struct, frozen=True):
    """A stored event.

    `epoch` is the random id (16 bytes) of the store that counted it, `sequence` its number there, from 1
    without a gap. `at` is in microseconds since 1970 UTC by a clock of trust `trust`, `monotonic` seconds.
    `body` is JSON with sorted keys. `previous` and `hash` are SHA-256; the first event's `previous` is zeros.
    """

    epoch: bytes
    gate: str
    sequence: int
    at: int
    trust: ClockTrust
    monotonic: float
    kind: str
    body: bytes
    previous: bytes
    hash: bytes

    @property
    def wall(self) -> WallTime:
        return WallTime(instant(self.at), self.trust)

    @property
    def content(self) -> dict[str, Any]:
        """The body as a table; raises Undecodable where it was damaged."""
        return json_of(self.body, dict[str, Any], f"event {self.sequence}")


def microseconds(instant: datetime) -> int:
    """`instant` (aware) in microseconds since 1970 UTC, without a detour over floats."""
    return (instant - _UNIX_EPOCH) // timedelta(microseconds=1)


def instant(count: int) -> datetime:
    """The time (UTC) `count` microseconds after the beginning of 1970."""
    return _UNIX_EPOCH + timedelta(microseconds=count)
