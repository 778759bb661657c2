"""What the gate knows besides the person: its place, its clock, the age of its registry."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from edge.decision.evidence import Direction
from edge.decision.liveness import LivenessMeans
from edge.decision.policy import Mode


class ClockTrust(StrEnum):
    """How far the wall clock may be believed.

    trusted: synchronised with a time source. holdover: not synchronised, and nothing contradicts it.
    untrusted: behind a time that has passed for certain, more than a year ahead of every signed one, against
    central's word, or never set since power was lost.
    """

    TRUSTED = "trusted"
    HOLDOVER = "holdover"
    UNTRUSTED = "untrusted"


class WallTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An instant (aware, UTC) and how far to believe it."""

    at: datetime
    trust: ClockTrust


class Crowding(StrEnum):
    """How full the site is, by its limits."""

    ROOM = "room"
    WARNED = "warned"
    STOPPED = "stopped"


class LastAccess(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last time that somebody was seen to pass, at any gate of the site: which way, and when."""

    direction: Direction
    at: datetime
    trust: ClockTrust
    gate: str


class Situation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `decide` needs to know besides the person.

    `registry_age` is the time since the registry's issue; None: the gate holds no registry.
    `occupancy` is the number of people inside, None where nobody counts. `last_access` is that of the
    person whom the evidence names, None where none is known. `ordered_mode` is one that the centre
    ordered by a command; None: as the policy says. `held_until` is until when the centre holds entries (None:
    it does not). `liveness` is what the gate can do to see that a face is a
    living one. `face_doubted` is up to which similarity a face that looks like the person whom the evidence
    names does not count alone, since staff here once said that it was somebody else's; None: it counts.
    `locked_down`: the lane is, by staff or by the centre, and lets nobody in by a decision.
    """

    site: str
    gate: str
    wall: WallTime
    registry_age: timedelta | None
    registry_expired: bool = False
    occupancy: int | None = None
    crowding: Crowding = Crowding.ROOM
    last_access: LastAccess | None = None
    ordered_mode: Mode | None = None
    liveness: LivenessMeans = LivenessMeans.NETS
    face_doubted: float | None = None
    held_until: datetime | None = None
    locked_down: bool = False
