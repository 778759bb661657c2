"""Rules: which alarms there are where and when, how grave, and after how long. The nearest place's rule
holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from edge.support.phrases import Phrase, phrase
from edge.web.texts import N_
from sync.central.alarms.core.kinds import KINDS, AlarmKind, Severity

_DAY_SECONDS = 24 * 60 * 60
_DAY_MINUTES = 24 * 60
EVERY_DAY: Final = "1234567"
_Text = Annotated[str, Meta(min_length=1, max_length=64)]
_OF_PEOPLE = {"kinds": [AlarmKind.KEY_AREA_PERSON]}


class Settings(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The parameters of a rule, each with what it is called, what it does, its unit and its bounds, as forms
    show them (`parameters_of`). `kinds`: what those of which it is a parameter alone; of other kinds it means
    nothing, and stays as it is.
    """

    after: Annotated[
        int,
        Meta(
            ge=0,
            le=30 * _DAY_SECONDS,
            title=N_("It has to last"),
            description=N_("What is over sooner is no alarm."),
            extra={"unit": "s"},
        ),
    ] = 0
    threshold: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            title=N_("How often, at least"),
            description=N_(
                "At so many gates somebody is denied; so many times in an hour a gate is opened by hand."
            ),
            extra={"kinds": [AlarmKind.DENIED_AT_SEVERAL, AlarmKind.OVERRIDE_RATE]},
        ),
    ] = 1
    within: Annotated[
        int,
        Meta(
            ge=60,
            le=7 * _DAY_SECONDS,
            title=N_("Within"),
            description=N_("Denials further apart are not of one attempt."),
            extra={"unit": "s", "kinds": [AlarmKind.DENIED_AT_SEVERAL]},
        ),
    ] = 3600
    escalate_after: Annotated[
        int,
        Meta(
            ge=0,
            le=30 * _DAY_SECONDS,
            title=N_("It becomes graver after"),
            description=N_("Where nobody cares for it for so long. 0: never."),
            extra={"unit": "s"},
        ),
    ] = 0
    snooze_most: Annotated[
        int,
        Meta(
            ge=60,
            le=7 * _DAY_SECONDS,
            title=N_("It can be put off for"),
            description=N_("Nobody can put it off for longer at once."),
            extra={"unit": "s"},
        ),
    ] = 4 * 3600
    dispatch: Annotated[
        bool,
        Meta(
            title=N_("Somebody is sent at once"),
            description=N_("The nearest on duty, without anybody asking."),
            extra={"not_silent": True},
        ),
    ] = False
    most_open: Annotated[
        int,
        Meta(
            ge=1,
            le=1000,
            title=N_("Open at a place, at most"),
            description=N_("One more alarm says how many more there are: nothing drowns."),
        ),
    ] = 50
    addresses: Annotated[
        tuple[_Text, ...],
        Meta(
            max_length=32,
            title=N_("Address codes"),
            description=N_("Whose address begins so: 3/2 is a unit, 3/2/301 a room."),
            extra=_OF_PEOPLE,
        ),
    ] = ()
    groups: Annotated[
        tuple[_Text, ...],
        Meta(max_length=32, title=N_("Groups"), description=N_("Who is in one of these."), extra=_OF_PEOPLE),
    ] = ()
    sites: Annotated[
        tuple[_Text, ...],
        Meta(
            max_length=32,
            title=N_("Ids of sites"),
            description=N_("Everybody who belongs to one of these."),
            extra=_OF_PEOPLE,
        ),
    ] = ()


_PLAIN: Final = Settings()


@dataclass(frozen=True)
class RuleHours:
    """When a rule holds: on which days of the week (Monday is 1), from which minute of the day to which.
    `ends` before `begins`: over midnight, by the day on which it begins; the same: all day.
    """

    days: str = EVERY_DAY
    begins: int = 0
    ends: int = 0

    def holds_at(self, local: datetime) -> bool:
        """Whether it does, at a time in the place's zone."""
        minute, today = local.hour * 60 + local.minute, local.isoweekday()
        if self.begins < self.ends:
            return str(today) in self.days and self.begins <= minute < self.ends
        if minute >= self.begins:
            return str(today) in self.days
        yesterday = (today - 2) % 7 + 1
        return self.begins != self.ends and minute < self.ends and str(yesterday) in self.days

    def problem(self) -> Phrase | None:
        """What is wrong with it; empty: nothing."""
        if not self.days or set(self.days) - set(EVERY_DAY) or len(set(self.days)) != len(self.days):
            return phrase(
                "the days are %(days)r, expected some of %(every_day)s, Monday is 1",
                days=self.days,
                every_day=EVERY_DAY,
            )
        if not (0 <= self.begins < _DAY_MINUTES and 0 <= self.ends < _DAY_MINUTES):
            return phrase(
                "from minute %(begins)s to %(ends)s of the day, expected 0 to %(last)s",
                begins=self.begins,
                ends=self.ends,
                last=_DAY_MINUTES - 1,
            )
        return None


ALWAYS: Final = RuleHours()


@dataclass(frozen=True)
class AlarmRule:
    """Whether there are alarms of a kind at a place and all that lies within, and when. `place` None:
    everywhere. `number` None: Gatepost comes with it.
    """

    kind: AlarmKind
    severity: Severity
    settings: Settings = _PLAIN
    place: int | None = None
    schedule: RuleHours = ALWAYS
    raises: bool = True
    number: int | None = None


def governing(
    rules: Iterable[AlarmRule], kind: AlarmKind, places: Sequence[int], local: datetime
) -> AlarmRule:
    """The rule that holds at a place at a time there: `places` are that place and all that it lies in, the
    nearest first. Of two at one place the newer; where none holds, the one that Gatepost comes with.
    """
    nearness = {place: near for near, place in enumerate(places)}
    held = [
        rule
        for rule in rules
        if rule.kind is kind
        and (rule.place is None or rule.place in nearness)
        and rule.schedule.holds_at(local)
    ]
    last = len(places)

    def order(rule: AlarmRule) -> tuple[int, int]:
        return (last if rule.place is None else nearness[rule.place], -(rule.number or 0))

    return min(held, key=order, default=SHIPPED[kind])


# --- what Gatepost comes with ---------------------------------------------------------------------

_MINUTE, _HOUR = 60, 3600
_ESCALATES = {
    Severity.NOW: 5 * _MINUTE,
    Severity.SOON: 30 * _MINUTE,
    Severity.TODAY: _DAY_SECONDS,
}
_SNOOZES = {Severity.NOW: 30 * _MINUTE, Severity.SOON: 4 * _HOUR, Severity.TODAY: _DAY_SECONDS}
_OWN: Mapping[AlarmKind, Mapping[str, int | bool]] = {
    AlarmKind.ISOLATION_EXIT: {"dispatch": True},
    AlarmKind.BARRIER_FORCED: {"dispatch": True},
    AlarmKind.GATE_DARK: {"after": 3 * _MINUTE},
    AlarmKind.STANDBY_AWAY: {"after": _MINUTE},
    AlarmKind.GATE_STALE: {"after": _HOUR},
    AlarmKind.JOURNAL_GAP: {"after": 30 * _MINUTE},
    AlarmKind.CLOCK_OFF: {"after": 10 * _MINUTE},
    AlarmKind.DENIED_AT_SEVERAL: {"threshold": 3, "within": _HOUR},
    AlarmKind.KEY_AREA_PERSON: {"within": 12 * _HOUR},
    AlarmKind.OVERRIDE_RATE: {"threshold": 10, "within": _HOUR},
}


def _shipped(kind: AlarmKind) -> AlarmRule:
    severity = KINDS[kind].severity
    common = {"escalate_after": _ESCALATES[severity], "snooze_most": _SNOOZES[severity]}
    return AlarmRule(kind, severity, msgspec.convert(common | dict(_OWN.get(kind, {})), Settings))


class _Shipped(dict[AlarmKind, AlarmRule]):
    def __missing__(self, kind: AlarmKind) -> AlarmRule:
        return _shipped(kind)


SHIPPED: Final[Mapping[AlarmKind, AlarmRule]] = MappingProxyType(
    _Shipped({kind: _shipped(kind) for kind in AlarmKind})
)
"""The rule of each kind where nobody has said otherwise."""
