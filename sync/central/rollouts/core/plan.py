"""The plan of a roll-out: gates in an order that spreads over the sites, by stages, until too many fail."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from edge.errors import GatepostError
from edge.support.phrases import Phrase, listed, phrase
from sync.central.newer import word_of
from sync.central.units import HOUR, MINUTE

DARK_AFTER = 30 * MINUTE
"""Microseconds without a sign of a gate that was asked: it does not come back."""
STUCK_AFTER = 4 * HOUR
"""Microseconds for a gate that is there to say how its update ended: a slow line takes hours to fetch."""
ASKED_AGAIN_AFTER = 15 * MINUTE
"""Microseconds after which a gate that did not take the command is asked again."""


class GateProgress(StrEnum):
    """How far one gate is."""

    WAITING = "waiting"  # its stage has not begun, or it is not there
    ASKED = "asked"
    INSTALLED = "installed"
    REFUSED = "refused"  # it did not put the version in force
    WENT_BACK = "went_back"
    DARK = "dark"  # asked, and not heard of since
    STUCK = "stuck"  # asked, there, and no end
    PROBE_LOST = "probe_lost"  # it has the version, and its probe does not work

    @property
    def is_bad(self) -> bool:
        """Whether it counts towards stopping the roll-out."""
        return self not in {GateProgress.WAITING, GateProgress.ASKED, GateProgress.INSTALLED}


@dataclass(frozen=True)
class GateNow:
    """One gate of a roll-out: its stage (from 0), whether it is there, when it was `asked` last and `first`,
    and when that `ended` (None: not yet), whether the command was `taken` (None: nobody knows), how it ended,
    and whether its probe works. Times are microseconds since 1970 UTC.
    """

    device: str
    site: str
    stage: int
    last_seen: int | None
    is_there: bool
    probe_lost: bool = False
    asked: int | None = None
    taken: bool | None = None
    ended: int | None = None
    how: str = ""
    first: int | None = None

    @property
    def is_deaf(self) -> bool:
        """Whether it did not take the command when it was asked last."""
        return self.asked is not None and self.taken is False

    def progress(self, now: int) -> GateProgress:
        """How far it is at `now`. What is dated later than now, before the clock was set back, makes no gate
        dark: it is set right within seconds, and counts from then on.
        """
        if self.how:
            how = word_of(GateProgress, self.how)
            return GateProgress.PROBE_LOST if how is GateProgress.INSTALLED and self.probe_lost else how
        if self.asked is None:
            return GateProgress.WAITING
        if now - max(self.last_seen or 0, self.asked) > DARK_AFTER:
            return GateProgress.DARK
        # One that does not answer is asked again and again: what counts is since when.
        since = self.first if self.is_deaf and self.first is not None else self.asked
        return GateProgress.STUCK if now - since > STUCK_AFTER else GateProgress.ASKED

    def is_to_be_asked(self, now: int) -> bool:
        """Whether it is to be asked, for the first time or again."""
        if self.how or not self.is_there:
            return False
        return self.asked is None or (self.taken is False and now - self.asked > ASKED_AGAIN_AFTER)


@dataclass(frozen=True)
class Rules:
    """`shares` are how many percent of the gates have the version after each stage; `most_failed` percent of
    those asked may fail; a stage is looked at for `soak` microseconds after its last gate.
    """

    shares: tuple[int, ...] = (5, 25, 100)
    most_failed: int = 5
    soak: int = HOUR


class ImpossibleRules(GatepostError):
    """No roll-out can go by these rules."""


MOST_STAGES = 20
MOST_MINUTES = 7 * 24 * 60
"""A stage is looked at for a week at most."""


def rules_of(shares: tuple[int, ...], most_failed: int, minutes: int) -> Rules:
    """The rules as people say them: a stage is looked at for so many `minutes`. Raises
    ImpossibleRules.
    """
    if not shares or sorted(set(shares)) != list(shares) or shares[-1] != 100 or shares[0] < 1:
        raise ImpossibleRules(phrase("the stages' shares rise, and end with 100: 5 25 100"))
    if len(shares) > MOST_STAGES:
        raise ImpossibleRules(phrase("there are %(most)s stages at most", most=MOST_STAGES))
    if not (0 <= most_failed <= 100 and 0 <= minutes <= MOST_MINUTES):
        raise ImpossibleRules(
            phrase("0 to 100 percent may fail, and a stage is looked at for a week at most")
        )
    return Rules(shares, most_failed, minutes * MINUTE)


@dataclass(frozen=True)
class RolloutStep:
    """What is to be done: gates to ask, the `stage` that holds, why it stops, whether it
    is over.
    """

    stage: int
    ask: tuple[str, ...] = ()
    stop: Phrase | None = None
    is_over: bool = False


def spread(gates: Sequence[tuple[str, str]]) -> list[str]:
    """The devices of (site, device) in an order that spreads: whoever comes first, they lie far apart."""
    ordered = sorted(gates)
    count = len(ordered)
    step = max(1, round(count * 0.618))
    while math.gcd(step, max(count, 1)) != 1:
        step += 1
    return [ordered[(index * step) % count][1] for index in range(count)]


def stage_of(rank: int, count: int, shares: Sequence[int]) -> int:
    """The stage of the gate that is `rank`th of `count`: each has one gate at least, as far as they go."""
    for stage, share in enumerate(shares):
        if rank < max(stage + 1, math.ceil(count * share / 100)):
            return stage
    return len(shares) - 1


def next_step(rules: Rules, stage: int, gates: Sequence[GateNow], now: int) -> RolloutStep:
    """What a roll-out in `stage` does at `now`."""
    asked = [gate for gate in gates if gate.asked is not None or gate.how]
    bad = [gate for gate in asked if gate.progress(now).is_bad]
    if bad and len(bad) * 100 > rules.most_failed * len(asked):
        return RolloutStep(stage, stop=_failed(bad, asked, now))
    if all(gate.how for gate in gates) and stage == len(rules.shares) - 1:
        return RolloutStep(stage, is_over=True)
    here = [gate for gate in gates if gate.stage <= stage]
    ask = _apart([gate for gate in here if gate.is_to_be_asked(now)], here, now)
    if ask or stage == len(rules.shares) - 1 or not _is_settled(here, now, rules.soak):
        return RolloutStep(stage, ask)
    return RolloutStep(stage + 1)


def failed_at_stop(stopped: str) -> tuple[int, int] | None:
    """How many of how many gates had failed, where a roll-out was `stopped` by its own rule: for pages, which
    say it in their language.
    """
    found = _FAILED.match(stopped)
    return None if found is None else (int(found[1]), int(found[2]))


def _apart(due: Sequence[GateNow], here: Sequence[GateNow], now: int) -> tuple[str, ...]:
    """Of those that are due, one a site at a time: people still get in by another lane."""
    busy = {
        gate.site for gate in here if gate.progress(now) is GateProgress.ASKED and gate.taken is not False
    }
    chosen = []
    for gate in due:
        if gate.site not in busy:
            busy.add(gate.site)
            chosen.append(gate.device)
    return tuple(chosen)


def _is_settled(here: Sequence[GateNow], now: int, soak: int) -> bool:
    """Whether all gates of these stages that could be asked have ended, some time ago."""
    if any(gate.progress(now) is GateProgress.ASKED for gate in here):
        return False
    ends = [gate.ended or gate.asked or 0 for gate in here if gate.asked is not None or gate.how]
    return bool(ends) and now - max(ends) >= soak


_FAILED = re.compile(r"(\d{1,6}) of (\d{1,6}) gates failed: ", re.ASCII)


def _failed(bad: Sequence[GateNow], asked: Sequence[GateNow], now: int) -> Phrase:
    which = listed(
        phrase("%(device)s %(progress)s", device=gate.device, progress=gate.progress(now)) for gate in bad[:5]
    )
    return phrase("%(bad)s of %(all)s gates failed: %(which)s", bad=len(bad), all=len(asked), which=which)
