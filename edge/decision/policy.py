"""The site's rules as data: written in TOML, signed with the registry, applied by `decide`."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from edge.decision.certificates import CertificateRules
from edge.decision.evidence import Direction
from edge.decision.screen_rule import ScreenRule
from edge.decision.staff_rule import StaffRule
from edge.decision.status import Status
from edge.decision.visiting import NumberRule, VisitorRule
from edge.signing.cose import Name, NameSet, Seconds, ShortText
from edge.support.phrases import WrongValue, phrase


class Mode(StrEnum):
    """What a gate asks for."""

    FACE = "face"
    CODE = "code"
    FACE_OR_CODE = "face_or_code"
    FACE_AND_CODE = "face_and_code"
    STAFFED = "staffed"  # the gate looks and says what it sees; a member of staff decides
    FREE = "free"  # nothing is asked; what is seen still counts against a person
    LOCKED = "locked"


class Outcome(StrEnum):
    GRANT = "grant"
    DENY = "deny"
    REFER = "refer"


class Day(StrEnum):
    """A kind of day. A holiday is its own kind and is no longer the weekday it falls on."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    HOLIDAY = "holiday"


WEEK: tuple[Day, ...] = tuple(day for day in Day if day is not Day.HOLIDAY)


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A weekly period in the site's local time: on `days` from `start` (inclusive) to `end` (exclusive).

    `end` at or before `start` runs across midnight into the next day, and belongs to the day it starts
    on. 00:00 to 00:00 is the whole day. With `ignore_holidays` a holiday is the weekday too on which it
    falls.
    """

    days: frozenset[Day] = frozenset(Day)
    start: time = time(0)
    end: time = time(0)
    ignore_holidays: bool = False


_Periods = Annotated[tuple[Period, ...], msgspec.Meta(max_length=256)]


class ModePeriod(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mode that holds during `period`; the first that holds wins over the gate's default."""

    mode: Mode
    period: Period
    direction: Direction | None = None


class GatePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one gate asks for, and when."""

    mode: Mode
    schedule: Annotated[tuple[ModePeriod, ...], msgspec.Meta(max_length=256)] = ()


class AccessRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may pass where and when: one of `groups` at one of `gates` in one of `periods`.

    Empty `groups` means everybody the registry knows, empty `gates` every gate, empty `periods` always,
    no `direction` both. A passage needs at least one rule that covers it.
    """

    id: Name
    groups: NameSet = frozenset()
    gates: NameSet = frozenset()
    direction: Direction | None = None
    periods: _Periods = ()


class StatusRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a status means at the gate, each way."""

    entry: Outcome
    exit: Outcome = Outcome.GRANT


class TemperatureRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At or above `limit` °C in two measurements the outcome is `above`. Advisory: staff look again."""

    limit: Annotated[float, msgspec.Meta(ge=25, le=50)] = 37.3
    above: Outcome = Outcome.REFER


class StaleRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an old registry may still do (seconds of age).

    Beyond `degrade_after` one-time and visitor passes are refused and residents go on; beyond
    `close_after` (None: never) every decision becomes `closed`.
    """

    degrade_after: Seconds = 7 * 86_400
    close_after: Seconds | None = None
    closed: Outcome = Outcome.REFER


_People = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
_Fewer = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class OccupancyRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many people a site holds. None: no such limit.

    From `warn` people on is an event; from `stop` on entries become `at_stop` (refer, or deny to hold
    people outside) and exits stay free. A level ends when `relief` fewer than its limit are inside. Members
    of `exempt` groups are let in all the same. `reset_at` is the hour, in the site's time, at which the
    count begins anew from zero; None: never (people who live here are inside at night).
    """

    warn: _People | None = None
    stop: _People | None = None
    relief: _Fewer = 5
    at_stop: Outcome = Outcome.REFER
    exempt: NameSet = frozenset()
    reset_at: time | None = None

    def __post_init__(self) -> None:
        """Raise WrongValue for limits that could never be reached, or never be left."""
        limits = [limit for limit in (self.warn, self.stop) if limit is not None]
        if any(limit < 1 for limit in limits) or limits != sorted(limits):
            raise WrongValue(phrase("warn and stop are at least 1, and warn is not above stop"))
        if self.relief < 0 or any(self.relief > limit for limit in limits):
            raise WrongValue(phrase("relief is between 0 and the lower limit"))
        if self.at_stop is Outcome.GRANT:
            raise WrongValue(phrase("at_stop is refer or deny; without a limit at all, leave out stop"))


_Duration = Annotated[float, msgspec.Meta(gt=0, le=1e10)]


class PassbackKind(StrEnum):
    """What it takes for a person to pass the same way again."""

    OFF = "off"
    SOFT = "soft"  # nothing; a second time the same way is an event
    HARD = "hard"  # to have gone the other way in between
    TIMED = "timed"  # the same, or that `minutes` have passed


class AntiPassbackRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Nobody comes in twice without going out: passes are not handed back over the fence.

    It rests on confirmed passages at all gates of the site. `entry` and `exit` are what becomes of a
    second time the same way (hard and timed). After `forgive_after` seconds (None: never) an earlier
    passage says nothing any more. Members of `exempt` groups may.
    """

    kind: PassbackKind = PassbackKind.OFF
    minutes: _Duration = 5.0
    forgive_after: _Duration | None = None
    entry: Outcome = Outcome.REFER
    exit: Outcome = Outcome.GRANT
    exempt: NameSet = frozenset()

    def __post_init__(self) -> None:
        """Raise WrongValue for times that are not positive."""
        if self.minutes <= 0 or (self.forgive_after is not None and self.forgive_after <= 0):
            raise WrongValue(phrase("minutes and forgive_after are above 0"))


Share = Annotated[float, msgspec.Meta(gt=0.0, le=0.5)]
"""A share of cases, in (0, 0.5]."""


class LivenessMode(StrEnum):
    """What a face has to show besides whose it is."""

    OFF = "off"
    PASSIVE = "passive"  # that it does not look like a picture of a face
    ACTIVE = "active"  # that, and that it moves as the gate asks


class LivenessRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a face has to be seen to be a living one before it opens.

    `threshold` is what the measure, fused over at least `frames` frames of a stream, has to reach. `failed`
    is what becomes of a face that does not; `unmeasured` of one that could not be measured often enough, or
    at all. With `veto` a further net has to be asked, and fails what it is sure is a picture. Under ACTIVE,
    and at a gate that cannot measure, the gate asks for `moves` moves one after the other, each within
    `seconds`, in at most `attempts` attempts, and `unanswered` is what becomes of a face that does not.
    A code opens as ever, and none of the three may be a grant.
    """

    mode: LivenessMode = LivenessMode.PASSIVE
    threshold: Annotated[float, msgspec.Meta(gt=0.0, lt=1.0)] = 0.5
    frames: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3
    veto: bool = False
    failed: Outcome = Outcome.REFER
    unmeasured: Outcome = Outcome.REFER
    unanswered: Outcome = Outcome.REFER
    moves: Annotated[int, msgspec.Meta(ge=1, le=5)] = 3
    attempts: Annotated[int, msgspec.Meta(ge=1, le=3)] = 2
    seconds: Annotated[float, msgspec.Meta(ge=1.0, le=20.0)] = 5.0

    def __post_init__(self) -> None:
        if Outcome.GRANT in {self.failed, self.unmeasured, self.unanswered}:
            raise WrongValue(
                phrase("failed, unmeasured and unanswered may be deny or refer; to try it out: mode off")
            )


class MaskedFace(StrEnum):
    """What a face may do that a mask, sunglasses or a hand covers."""

    CODE = "code"  # confirm the holder of a genuine code, and nothing alone
    THRESHOLD = "threshold"  # open alone too, at the similarity that was measured under masks
    REFUSE = "refuse"  # nothing: it has to be uncovered


class FaceRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The risk that the site takes with faces; the similarities that follow are the calibration's.

    `false_matches` is the share of strangers' passages that may match anybody who is enrolled (1:N),
    `false_confirms` the share of those with somebody else's pass that may be taken for its holder (1:1).
    `margin` is the lead (cosine) over the second-best subject that a match needs. `frames` is the number of
    frames that have to agree before a camera's stream is decided on. `masked` is for covered faces.
    """

    false_matches: Share = 0.001
    false_confirms: Share = 0.001
    margin: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.06
    frames: Annotated[int, msgspec.Meta(ge=1, le=20)] = 2
    liveness: LivenessRule = LivenessRule()
    masked: MaskedFace = MaskedFace.CODE


_HOLIDAY = re.compile(r"(?:[0-9]{4}-)?[0-9]{2}-[0-9]{2}")
_LEAP_YEAR = "2000-"


def _check_holiday(day: str) -> None:
    """Raise WrongValue for what is neither a date nor a day of every year."""
    try:
        if not _HOLIDAY.fullmatch(day):
            raise ValueError
        date.fromisoformat(day if len(day) > len("12-25") else _LEAP_YEAR + day)
    except (TypeError, ValueError):
        raise WrongValue(
            phrase(
                "holidays: %(day)r is not a date: write 2026-10-01 for one day, 12-25 for every year", day=day
            )
        ) from None


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rules of a site. An empty policy denies everybody everywhere.

    `time_zone` is an IANA name; `holidays` maps local dates (2026-10-01) and days of every year (12-25) to
    their names. `untrusted_clock`, refer or deny, is the outcome for subjects with a limited validity or
    status while the clock cannot be believed; subjects without one pass by the other rules. `proof_window` is
    how many seconds old the proof may be that a pass on a phone carries (it is renewed every 15 s).
    """

    time_zone: ShortText = "Asia/Shanghai"
    gates: Annotated[dict[Name, GatePolicy], msgspec.Meta(max_length=1024)] = {}
    access: Annotated[tuple[AccessRule, ...], msgspec.Meta(max_length=1024)] = ()
    statuses: dict[Status, StatusRule] = {}
    holidays: Annotated[dict[ShortText, ShortText], msgspec.Meta(max_length=1024)] = {}
    isolation_exit: Outcome = Outcome.DENY
    untrusted_clock: Outcome = Outcome.REFER
    temperature: TemperatureRule = TemperatureRule()
    stale: StaleRule = StaleRule()
    face: FaceRule = FaceRule()
    proof_window: Seconds = 60
    certificates: CertificateRules = CertificateRules()
    occupancy: OccupancyRule = OccupancyRule()
    anti_passback: AntiPassbackRule = AntiPassbackRule()
    numbers: NumberRule = NumberRule()
    visitors: VisitorRule = VisitorRule()
    staff: StaffRule = StaffRule()
    screen: ScreenRule = ScreenRule()

    def __post_init__(self) -> None:
        """Raise WrongValue for what would grant by mistake, or be unreadable at the gate."""
        for day in self.holidays:
            _check_holiday(day)
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise WrongValue(
                phrase(
                    "there is no time zone %(zone)r: use an IANA name such as Asia/Shanghai",
                    zone=self.time_zone,
                )
            ) from None
        if self.untrusted_clock is Outcome.GRANT:
            raise WrongValue(
                phrase(
                    "untrusted_clock is refer or deny: "
                    "a clock that is wrong must not open what a right one shuts"
                )
            )

    def age_limit(self) -> timedelta | None:
        return None if self.stale.close_after is None else timedelta(seconds=self.stale.close_after)
