"""Who is before the gate, from what is seen, asked and decided; times are monotonic seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from msgspec.structs import replace as changed

from edge.decision import Outcome, Reason
from edge.staff.core import REFERRED_FOR
from edge.staff.protocol.now import Card, Stage

GRANTED_FOR = 8.0
"""Seconds for which a granted access is shown."""
DENIED_FOR = 30.0
"""Seconds for which a denial is shown at least: longer while the person stands there."""
_MOST_REFERRALS = 3

_REASONS = frozenset(reason.value for reason in Reason)
_LONG_AGO = float("-inf")


@dataclass(frozen=True)
class DecidedEncounter:
    """A decided encounter, as the page shows it, when that was, and when they were last seen."""

    card: Card
    at: float
    seen: float


@dataclass(frozen=True)
class BeforeGate:
    """Who is before the gate. `arrived` is when those in view came into it, after nobody was for `gone_after`
    seconds; `asked` what they were asked for, and when; `latest` the newest decision, `referred` those
    referrals that nobody has settled, the newest last, `settled_lately` the last that somebody did;
    `nobody_since` when the last of them was gone.
    """

    gone_after: float
    encounter: int = 0
    arrived: float = _LONG_AGO
    seen: float = _LONG_AGO
    asked: tuple[str, float] | None = None
    latest: DecidedEncounter | None = None
    referred: tuple[DecidedEncounter, ...] = ()
    settled_lately: tuple[DecidedEncounter, ...] = ()

    def sees(self, now: float) -> BeforeGate:
        """Somebody, or a code, is in view."""
        if now - self.seen > self.gone_after:
            return replace(self, encounter=self.encounter + 1, arrived=now, seen=now, asked=None)
        return replace(self, seen=now)

    def asks(self, reason: str, now: float) -> BeforeGate:
        """Somebody is asked for something; what the lane says, and a decision's own words, ask nobody."""
        if reason not in _REASONS or (self.latest is not None and self.latest.card.reason == reason):
            return self
        return replace(self, asked=(reason, now))

    def decides(self, card: Card, now: float) -> BeforeGate:
        """An encounter was decided: what `card` says, but for its number here."""
        another = self.latest is not None and self.latest.at >= self.arrived
        encounter = self.encounter + (another or self.encounter == 0)
        decided = DecidedEncounter(
            changed(card, encounter=encounter, stage=Stage.DECIDED, since=now), now, now
        )
        whose = None if card.person is None else card.person.id
        settled = self.settled(subject=whose)
        referred = settled.referred
        if card.outcome is Outcome.REFER:
            referred = (*referred, decided)[-_MOST_REFERRALS:]
        return replace(settled, encounter=encounter, asked=None, latest=decided, referred=referred)

    def settled(self, *, number: int | None = None, subject: str | None = None) -> BeforeGate:
        """The referral of the event `number`, or of `subject`, was settled."""
        kept = tuple(
            each
            for each in self.referred
            if not (
                (number is not None and each.card.number == number)
                or (subject is not None and each.card.person is not None and each.card.person.id == subject)
            )
        )
        latest = self.latest
        if latest is not None and latest in self.referred and latest not in kept:
            latest = None
        gone = tuple(each for each in self.referred if each not in kept)
        lately = (*self.settled_lately, *gone)[-_MOST_REFERRALS:]
        return replace(self, referred=kept, latest=latest, settled_lately=lately)

    def unsettled(self, number: int, now: float) -> BeforeGate:
        """The referral of the event `number` waits again: the lane did not let them through."""
        found = next((each for each in self.settled_lately if each.card.number == number), None)
        if found is None:
            return self
        again = replace(found, seen=now)
        lately = tuple(each for each in self.settled_lately if each is not found)
        latest = again if self.latest is None else self.latest
        referred = (*self.referred, again)[-_MOST_REFERRALS:]
        return replace(self, referred=referred, latest=latest, settled_lately=lately)

    def amended(self, number: int, **said: bool | str) -> BeforeGate:
        """The access of the event `number`, with what staff said of it since: fields of its card."""

        def amend(decided: DecidedEncounter) -> DecidedEncounter:
            same = decided.card.number == number
            return replace(decided, card=changed(decided.card, **said)) if same else decided

        latest = None if self.latest is None else amend(self.latest)
        return replace(self, latest=latest, referred=tuple(amend(each) for each in self.referred))

    def is_present(self, now: float) -> bool:
        """Whether anybody is in view."""
        return now - self.seen <= self.gone_after

    def shown(self, now: float) -> Card | None:
        """What the page shows at `now`; None: nobody is there.

        What was decided last comes first, for as long as that is shown; then whoever is there and was decided
        on by nobody; then the oldest referral that nobody has settled.
        """
        there, latest = self.is_present(now), self.latest
        fresh = there and (latest is None or self.arrived > latest.at)
        if latest is not None and not fresh and self._lasts(latest, now):
            return self._card(latest, now)
        if self.asked is not None and there:
            reason, at = self.asked
            return Card(self.encounter, Stage.ASKING, at, reason=reason)
        if fresh:
            return Card(self.encounter, Stage.WAITING, self.arrived)
        waits = [each for each in self.referred if now - max(each.at, self._seen_of(each)) < REFERRED_FOR]
        return self._card(waits[0], now) if waits else None

    @property
    def nobody_since(self) -> float:
        """When somebody was last seen or decided on."""
        return max(self.seen, _LONG_AGO if self.latest is None else self.latest.at)

    # --- inside ----------------------------------------------------------------------------

    def _seen_of(self, decided: DecidedEncounter) -> float:
        """When the person of a decision was last seen, as far as can be told: until the next one arrived."""
        same = self.arrived <= decided.at and (self.latest is decided or self.latest is None)
        return max(decided.seen, self.seen) if same else decided.seen

    def _lasts(self, decided: DecidedEncounter, now: float) -> bool:
        if decided.card.outcome is Outcome.GRANT and not decided.card.refused:
            return now - decided.at < GRANTED_FOR
        if decided.card.outcome is Outcome.REFER:
            unsettled = any(each.card.number == decided.card.number for each in self.referred)
            return unsettled and now - self._seen_of(decided) < REFERRED_FOR
        return now - decided.at < DENIED_FOR or now - self._seen_of(decided) <= self.gone_after

    def _card(self, decided: DecidedEncounter, now: float) -> Card:
        present = now - self._seen_of(decided) <= self.gone_after
        return changed(decided.card, present=present)
