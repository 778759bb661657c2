"""Who was let in and who was not, and what people did before the gate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

import msgspec

from edge.decision import (
    ClockTrust,
    Crowding,
    Decision,
    Evidence,
    LastAccess,
    LivenessMeans,
    Mode,
    PassVerdict,
    Situation,
    WallTime,
)
from edge.journal.format.kinds import BODY, Event, EventKind
from edge.signing.cose import encode_value, known_decoder, value_decoder


class Circumstances(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a gate knew besides the person when it decided: enough to decide the same again.

    `at` and `trust` are its clock's, `issued` when its registry was (null: it held none), `expired` whether
    that had outlived its signature. `occupancy` is how many were inside (null: nobody counts), `crowding`
    how full that was, `last_access` where the person whom the evidence names was seen last, `ordered` the
    mode that the centre had ordered (null: as the policy says), `known` whether the registry had a record of
    the person. `face_doubted` is up to which similarity the person's face did not count alone, since staff
    had said that it was mistaken (null: it counted). `held_until` is until when the centre held entries
    (null: it did not). `locked_down`: the lane was locked down, by staff or by the centre.
    """

    at: datetime
    trust: ClockTrust
    issued: datetime | None = None
    expired: bool = False
    occupancy: int | None = None
    crowding: Crowding = Crowding.ROOM
    last_access: LastAccess | None = None
    ordered: Mode | None = None
    known: bool = False
    face_doubted: float | None = None
    held_until: datetime | None = None
    locked_down: bool = False


class AccessDecided(Event, frozen=True):
    """An encounter was decided on: the `decision`, what it rests on, the `mode` and the version of the
    `registry` (null: none) of that moment, and the camera or scanner (`input`) that saw it. `near_miss` is
    the subject whose face was just below what the gate needed, `liveness` what the gate could do to see that
    a face is a living one, `circumstances` what else the decision rests on. `waited` is how many milliseconds
    the person stood there, from the first frame, code or reading that it rests on (null: nobody measured).
    """

    kind: ClassVar = EventKind.ACCESS_DECIDED
    decision: Decision
    evidence: Evidence
    mode: Mode
    registry: int | None
    input: str
    near_miss: str | None = None
    liveness: LivenessMeans = LivenessMeans.NETS
    circumstances: Circumstances | None = None
    waited: int | None = None

    def situation(self, site: str, gate: str) -> Situation | None:
        """What `decide` was told besides the person, at `gate` of `site`; None: an older event, which does
        not say.
        """
        known = self.circumstances
        if known is None:
            return None
        return Situation(
            site,
            gate,
            WallTime(known.at, known.trust),
            None if known.issued is None else known.at - known.issued,
            known.expired,
            known.occupancy,
            known.crowding,
            known.last_access,
            known.ordered,
            self.liveness,
            known.face_doubted,
            known.held_until,
            known.locked_down,
        )


def circumstances_of(situation: Situation, *, known: bool) -> Circumstances:
    """What the journal says of `situation`; `known`: the registry had a record of the person."""
    wall, age = situation.wall, situation.registry_age
    return Circumstances(
        wall.at,
        wall.trust,
        None if age is None else wall.at - age,
        situation.registry_expired,
        situation.occupancy,
        situation.crowding,
        situation.last_access,
        situation.ordered_mode,
        known,
        situation.face_doubted,
        situation.held_until,
        situation.locked_down,
    )


class StillBeforeGate(Event, frozen=True):
    """Somebody who was let through stays: `subject` (null: nobody asked who it was), the `reference` of the
    decision, and what became of its `grant` (null: the lane has yet to say). They are not admitted again by
    the same act.
    """

    kind: ClassVar = EventKind.STILL_BEFORE_GATE
    subject: str | None
    reference: str
    grant: str | None


class EncounterUndecided(Event, frozen=True):
    """Somebody was asked for something, and went or made room for another before anything was decided.
    `missing` is the reason that they would have been refused for, `seconds` how long they stood there, in so
    many `frames` and after so many `prompts`; `input` is what saw them. `times`: so many went so since that
    reason was last told, this one last; once a minute a reason at most.
    """

    kind: ClassVar = EventKind.ENCOUNTER_UNDECIDED
    missing: str
    seconds: float
    frames: int
    prompts: int
    input: str
    times: int | None = None


class CodeFlood(Event, frozen=True):
    """More codes were shown than are read: so many were `ignored` over so many `seconds`."""

    kind: ClassVar = EventKind.CODE_FLOOD
    ignored: int
    seconds: float


class ProbeDecided(Event, frozen=True):
    """The gate showed itself the site's probe pass, which opens nothing: the `decision`, what its `code` was
    found to be, the `mode` and the version of the `registry` (null: none) of that moment, what the `camera`
    does (empty: it said nothing yet), and how many milliseconds it `took`. `wrong` names what did not do what
    it should (code, granted, camera, or the reason of the decision); empty: the gate works.
    """

    kind: ClassVar = EventKind.PROBE_DECIDED
    decision: Decision
    code: PassVerdict
    mode: Mode
    registry: int | None
    camera: str
    took: float
    wrong: tuple[str, ...] = ()


class _Code(msgspec.Struct):
    pass_id: str | None = None
    use: str | None = None
    once: bool = False


class _Evidence(msgspec.Struct):
    code: _Code | None = None


class _Decision(msgspec.Struct, frozen=True):
    outcome: str = ""


class _Access(msgspec.Struct):
    """Of an AccessDecided what tells of a one-time pass, whatever reasons a later version may give."""

    decision: _Decision = _Decision()
    evidence: _Evidence | None = None


stored_decision: Callable[[bytes], AccessDecided] = known_decoder(AccessDecided, EventKind.ACCESS_DECIDED)
"""The decision in the body of an event that was read before it was stored; raises Undecodable."""

_access_of = value_decoder(_Access, BODY, EventKind.ACCESS_DECIDED)
_ONCE = encode_value({"once": True})[1:]
"""In the one encoding, a body that says so somewhere has these bytes; most have not, and need no more."""


def pass_used_up(kind: str, body: bytes) -> str | None:
    """The name of the one-time pass that the event let through, or of one use of a code that has several.

    Reads no more of the body than that: a later version's reasons, findings or alarms do not keep a pass
    from counting as used. Raises Undecodable.
    """
    if kind != EventKind.ACCESS_DECIDED or _ONCE not in body:
        return None
    access: _Access = _access_of(body)
    code = None if access.evidence is None else access.evidence.code
    granted = access.decision.outcome == "grant"
    if not granted or code is None or not code.once:
        return None
    return code.use or code.pass_id or None
