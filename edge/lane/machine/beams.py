"""Tells from two beams which way somebody went, and whether somebody else came close behind.

PURE. The beams stand less than a stride apart, so a person interrupts first one, then both, then the
other alone. No beam can tell which person interrupts it; where two explanations fit the same edges, the
likelier one is reported and marked as not certain.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from edge.decision import Direction

AT_ONCE = 0.02
"""Seconds. One person cannot break two beams a hand's breadth apart faster than this; anything faster was two
people, or nobody."""


class Zone(IntEnum):
    """How far along their way a person is, by the beams they interrupt."""

    NOWHERE = 0
    FIRST = 1  # the first beam of their direction
    BOTH = 2
    SECOND = 3


class Crossing(msgspec.Struct, frozen=True):
    """Somebody left the beams: through (`passed`) or back the way they came.

    `direction` None: both beams broke at once and cleared at once, so nobody can tell which way, or whether
    there was anybody at all.
    """

    direction: Direction | None
    passed: bool
    certain: bool = True


class Beams(msgspec.Struct, frozen=True):
    """The beams' state. `direction` is None while both broke at once and the way is unknown; `guessed` means
    that it was inferred from the beam that cleared first. `since` is the last change (monotonic seconds).
    """

    zone: Zone = Zone.NOWHERE
    furthest: Zone = Zone.NOWHERE
    direction: Direction | None = None
    guessed: bool = False
    since: float = 0.0


def observe(beams: Beams, outer: bool, inner: bool, now: float) -> tuple[Beams, Crossing | None]:
    """The beams after their levels changed at `now` (True: interrupted), and the crossing that this ended."""
    at_once = now - beams.since < AT_ONCE
    if not outer and not inner:
        return Beams(), _left(beams, at_once)
    direction, guessed = beams.direction, beams.guessed
    if outer and inner and at_once and beams.furthest is Zone.FIRST:
        direction = None
    if direction is None and outer is not inner:
        direction, guessed = _direction(beams, outer), beams.zone is not Zone.NOWHERE
    zone = _zone(direction, outer, inner)
    if zone is Zone.FIRST and beams.furthest is Zone.SECOND and direction is not None:
        # Somebody was about to leave at the far side; now only the near beam is broken. Either a second
        # person
        # followed and the first has gone, or one person walked all the way back. The former is likelier.
        return Beams(zone, zone, direction, since=now), Crossing(direction, passed=True, certain=False)
    since = beams.since if zone is beams.zone else now
    return Beams(zone, max(zone, beams.furthest), direction, guessed, since), None


def _direction(beams: Beams, outer: bool) -> Direction:
    """From a clear lane, by the beam broken first; after both at once, by the beam still broken."""
    fresh = beams.zone is Zone.NOWHERE
    return Direction.ENTRY if outer is fresh else Direction.EXIT


def _zone(direction: Direction | None, outer: bool, inner: bool) -> Zone:
    if outer and inner:
        return Zone.BOTH
    near = outer if direction is Direction.ENTRY else inner
    return Zone.FIRST if near else Zone.SECOND


def _left(beams: Beams, at_once: bool) -> Crossing | None:
    """The crossing that ended when both beams cleared; None: nobody was in far enough."""
    if beams.furthest in {Zone.NOWHERE, Zone.FIRST}:
        return None  # nobody got further than a hand in the first beam
    if beams.direction is None or (beams.guessed and at_once):
        return Crossing(None, passed=False, certain=False)
    if beams.zone is Zone.FIRST:
        return Crossing(beams.direction, passed=False, certain=not beams.guessed)
    certain = beams.zone is Zone.SECOND and not beams.guessed
    return Crossing(beams.direction, passed=True, certain=certain)
