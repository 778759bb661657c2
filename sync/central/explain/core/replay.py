"""What is needed to decide an event again, and what of it is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from edge.decision import PassVerdict, Policy, Situation, Subject, WallTime, identified_by
from edge.journal.format import AccessDecided
from sync.central.explain.core.moment import Moment
from sync.central.explain.core.sayings import N_, Sentence


class ReplayGap(StrEnum):
    """What was not kept of a decision."""

    VERSION = "version"
    RECORD = "record"
    CIRCUMSTANCES = "circumstances"
    LISTS = "lists"

    @property
    def prevents(self) -> bool:
        """Whether without it nothing can be decided again."""
        return self in {ReplayGap.VERSION, ReplayGap.RECORD}

    @property
    def said(self) -> Sentence:
        """What is missing, in words."""
        return Sentence(_GAPS[self])


_GAPS = {
    ReplayGap.VERSION: N_("The rules of that registry version are not kept here."),
    ReplayGap.RECORD: N_(
        "The person's record of that moment is not kept here: it may have been erased since."
    ),
    ReplayGap.CIRCUMSTANCES: N_(
        "The gate did not write down how full it was, where the person was last, and what was ordered."
    ),
    ReplayGap.LISTS: N_("The gate judged the certificate by lists that are not kept here."),
}
_OF_CERTIFICATES = frozenset({PassVerdict.INSUFFICIENT, PassVerdict.HOLDER_UNKNOWN})


@dataclass(frozen=True)
class HeldVersion:
    """What the archive has of the version that an event names: its rules, its times, and the record of whom
    the event names (None: it has none).
    """

    policy: Policy
    issued: datetime
    expires: datetime
    subject: Subject | None = None


@dataclass(frozen=True)
class Replay:
    """What a decision rests on (`moment`; None: a gap prevents it), and what of that is missing."""

    moment: Moment | None
    gaps: tuple[ReplayGap, ...]


def replay_of(
    event: AccessDecided, wall: WallTime, place: tuple[str, str], held: HeldVersion | None
) -> Replay:
    """What is needed to decide `event` again; `wall` is when it was written, at `place` (site, gate).

    `held` is of the version that it names, None where that is not kept. What an older event does not say is
    taken to be usual, and is a gap.
    """
    gaps = [ReplayGap.LISTS] if _rests_on_lists(event) else []
    situation = event.situation(*place)
    if situation is None:
        gaps.insert(0, ReplayGap.CIRCUMSTANCES)
        situation = _usual(event, wall, place, held)
    if event.registry is None:
        return Replay(Moment(Policy(), None, event.evidence, situation), tuple(gaps))
    if held is None:
        return Replay(None, (ReplayGap.VERSION, *gaps))
    if _had_record(event) and held.subject is None:
        return Replay(None, (ReplayGap.RECORD, *gaps))
    revoked = event.circumstances is not None and not event.circumstances.known
    subject = None if revoked else held.subject
    return Replay(Moment(held.policy, subject, event.evidence, situation), tuple(gaps))


def _had_record(event: AccessDecided) -> bool:
    """Whether the gate's registry had a record of whom the event names, as far as it says."""
    if identified_by(event.evidence) is None:
        return False
    known = event.circumstances
    return event.decision.status is not None if known is None else known.known


def _rests_on_lists(event: AccessDecided) -> bool:
    code = event.evidence.code
    return code is not None and code.verdict in _OF_CERTIFICATES


def _usual(
    event: AccessDecided, wall: WallTime, place: tuple[str, str], held: HeldVersion | None
) -> Situation:
    age = None if held is None or event.registry is None else wall.at - held.issued
    expired = held is not None and wall.at >= held.expires
    return Situation(*place, wall, age, expired, liveness=event.liveness)
