"""The status of a health code, as recorded in the registry and as it is at an instant."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from edge.signing.cose import Instant, Text


class Status(StrEnum):
    """What a subject's health code says, or why it says nothing.

    The last four are never folded into red: a code that ran out, that was never issued, whose check
    failed or did not answer says nothing about the person's health, and the remedy differs for each.
    """

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    EXPIRED = "expired"
    ABSENT = "absent"
    FAILED = "failed"
    TIMEOUT = "timeout"


class StatusRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A status with its grounds, so that every denial can be explained and appealed.

    `source` names who set it, `reason` says why in words, `rule` names the rule applied.
    It holds from `since` (inclusive) until `until` (exclusive; None: open-ended), both UTC.
    """

    value: Status
    source: Text
    reason: Text
    rule: Text
    since: Instant
    until: Instant | None = None


def status_at(record: StatusRecord | None, now: datetime) -> Status:
    """The status that holds at `now` (UTC): absent where none was given or it has not begun."""
    if record is None or now < record.since:
        return Status.ABSENT
    if record.until is not None and now >= record.until:
        return Status.EXPIRED
    return record.value
