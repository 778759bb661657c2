"""Who is before the gate after a restart: whom the journal's end says to wait."""

from __future__ import annotations

from collections.abc import Iterable

from edge.journal.format import (
    AccessDecided,
    AppealFiled,
    Entry,
    FaceMistaken,
    LaneGrantRefused,
    StaffActTaken,
    understood,
)
from edge.ports import AccessEvent
from edge.staff.core import SETTLES
from edge.staff.protocol.now import Card
from edge.staff.views.core.before_gate import BeforeGate
from edge.staff.views.core.cards import card_of
from edge.staff.views.core.recent import is_refusal


def resumed(before: BeforeGate, entries: Iterable[tuple[Entry, float]]) -> BeforeGate:
    """What it is after these events of before the start, each with when it was (monotonic seconds). Names and
    rooms are not in them: the registry in force has them.
    """
    abouts: dict[str, int] = {}
    for entry, at in entries:
        match understood(entry):
            case AccessDecided() as event:
                before = before.decides(_card(event, entry), at)
            case StaffActTaken(act=act, about=about) if act in SETTLES and about is not None:
                before, abouts[str(entry.sequence)] = before.settled(number=about), about
            case FaceMistaken(about=about):
                before = before.amended(about, mistaken=True)
            case AppealFiled(about=about) if about is not None:
                before = before.amended(about, appealed=True)
            case LaneGrantRefused(reference=number) as lane if number.isdecimal() and is_refusal(lane):
                before = before.amended(int(number), refused=lane.why)
                before = before.unsettled(abouts.get(number, -1), at)
    return before


def _card(event: AccessDecided, entry: Entry) -> Card:
    decided = AccessEvent(event.input, event.mode, event.evidence, None, event.decision, entry)
    return card_of(decided, {}, event.registry, None, looked_for_life=False)
