"""Registers visitors at this gate alone, without the centre: a right that ends, shown as a code or a
number.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from functools import partial
from typing import Final

from edge.credentials.known import KnownRight, kept_digest, kept_of_code, number_of
from edge.decision import VISITOR_IDS, ClockTrust, Subject
from edge.journal.format import VisitorEnded, VisitorRegistered
from edge.signing.cose import instant
from edge.staff.asking import AllowedRequest, AnsweringThread, Handled, Table, Then
from edge.staff.core import (
    CODE_BYTES,
    NUMBER_DIGITS,
    GuestObjection,
    Right,
    VisitorMeans,
    code_of,
    is_unusual,
    normal_name,
    objection_to,
    within_the_hour,
)
from edge.staff.desk import Desk
from edge.staff.desk_file import Guest
from edge.staff.file_errors import StaffFileError
from edge.staff.ports import GatePorts
from edge.staff.protocol import Answer, RefusedWhy
from edge.staff.protocol import people as messages
from edge.staff.protocol.envelope import Done
from edge.staff.refusals import refused

_MOST_KEYS: Final = 100
_Key = tuple[str, str]
"""A member of the staff, and the key of their form: nobody is answered with another's code."""
_ID_BYTES: Final = 8
_DRAWN_BYTES: Final = 8
_TRIES: Final = 20
_WHY: Final = {
    GuestObjection.NAME: RefusedWhy.INVALID,
    GuestObjection.HOST: RefusedWhy.UNKNOWN,
    GuestObjection.NUMBERS: RefusedWhy.POLICY,
    GuestObjection.NOT_HERE: RefusedWhy.POLICY,
}
"""How an objection is refused; by default as a limit."""


class GateVisitors:
    """Answers who registers visitors. Used by the worker's thread, but for what is written down."""

    def __init__(self, desk: Desk, gate: GatePorts) -> None:
        self._desk = desk
        self._gate = gate
        self._monotonic = gate.clock.monotonic
        self._made: OrderedDict[_Key, messages.VisitorMade] = OrderedDict()
        self._times: tuple[float, ...] = ()

    def table(self) -> Table:
        """Who may ask what of this."""
        return {
            messages.RegisterVisitor: Handled(Right.VISITOR, self._register),
            messages.EndVisitor: Handled(Right.VISITOR, self._end),
            messages.ListVisitors: Handled(Right.VISITOR, self._list),
        }

    # --- inside ----------------------------------------------------------------------------

    def _register(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.RegisterVisitor = asked.body
        key = asked.by.staff, body.key
        before = self._made.get(key)
        if before is not None:
            return before
        wall = self._gate.clock.wall()
        if wall.trust is ClockTrust.UNTRUSTED:
            return refused(RefusedWhy.UNAVAILABLE, detail="clock")
        objection = self._objection(body)
        if objection is not None:
            return refused(_WHY.get(objection, RefusedWhy.LIMIT), detail=objection.value)
        now = wall.at.replace(microsecond=0)
        right = KnownRight(
            VISITOR_IDS + self._gate.entropy(_ID_BYTES).hex(),
            self._gate.entropy(_ID_BYTES).hex(),
            now,
            now + timedelta(minutes=body.minutes),
            body.uses,
            frozenset({self._gate.gate}),
        )
        text, digest = self._secret(body.means)
        guest = Guest(normal_name(body.name), body.host, asked.by.staff, body.means, digest, right)
        self._times = (*within_the_hour(self._times, self._monotonic()), self._monotonic())
        return Then(AnsweringThread.LOOP, partial(self._recorded, key, guest, text))

    def _objection(self, body: messages.RegisterVisitor) -> GuestObjection | None:
        policy, guests = self._gate.policy(), self._desk.guests
        rule, now = policy.visitors, self._gate.clock.wall().at
        duration = timedelta(minutes=body.minutes)
        objection = objection_to(
            rule, normal_name(body.name), self._subject(body.host), duration, body.uses, now
        )
        if objection is not None:
            return objection
        if body.means is VisitorMeans.NUMBER and not policy.numbers.count:
            return GuestObjection.NUMBERS
        if is_unusual(self._times, self._monotonic(), rule.an_hour):
            return GuestObjection.AN_HOUR
        return GuestObjection.MOST if len(guests) >= rule.most else None

    def _subject(self, host: str) -> Subject | None:
        holdings = self._gate.holdings()
        return None if holdings is None else holdings.registry.subjects.get(host)

    def _secret(self, means: VisitorMeans) -> tuple[str, bytes]:
        """What the visitor is told, and what is kept of it. Raises StaffFileError."""
        if means is VisitorMeans.CODE:
            text = code_of(self._gate.entropy(CODE_BYTES))
            return text, kept_of_code(text)
        salt, known = self._desk.salt(), {guest.digest for guest in self._desk.guests}
        for _ in range(_TRIES):
            drawn = int.from_bytes(self._gate.entropy(_DRAWN_BYTES)) % 10**NUMBER_DIGITS
            text = number_of(drawn, NUMBER_DIGITS)
            digest = kept_digest(text, salt)
            if digest not in known:
                return text, digest
        raise StaffFileError("no number was free", remedy="try again, or give a code")

    def _recorded(self, key: _Key, guest: Guest, text: str) -> Answer | Then:
        """Write it down before the right holds."""
        right = guest.right
        entry = self._gate.record(
            VisitorRegistered(
                guest.staff, right.subject, guest.host, right.until, right.uses, guest.means.value
            )
        )
        made = messages.VisitorMade(
            right.subject, guest.name, guest.means, text, right.until, right.uses, entry.sequence
        )
        return Then(AnsweringThread.WORKER, partial(self._kept, key, guest, made))

    def _kept(self, key: _Key, guest: Guest, made: messages.VisitorMade) -> Answer | Then:
        before = self._made.get(key)
        if before is not None:  # two taps at once: both were written down, one right is given
            return Then(AnsweringThread.LOOP, partial(self._not_kept, guest, before))
        try:
            self._desk.add(guest)
        except StaffFileError as error:
            answer = refused(RefusedWhy.UNAVAILABLE, detail=str(error)[:200])
            return Then(AnsweringThread.LOOP, partial(self._not_kept, guest, answer))
        self._made[key] = made
        if len(self._made) > _MOST_KEYS:
            self._made.popitem(last=False)
        return made

    def _not_kept(self, guest: Guest, answer: Answer) -> Answer:
        self._gate.note(VisitorEnded(guest.staff, guest.right.subject, "not_kept"))
        return answer

    def _end(self, asked: AllowedRequest) -> Answer | Then:
        body: messages.EndVisitor = asked.body
        if all(guest.right.subject != body.visitor for guest in self._desk.guests):
            return refused(RefusedWhy.UNKNOWN)
        return Then(AnsweringThread.LOOP, partial(self._ended, asked.by.staff, body.visitor))

    def _ended(self, staff: str, visitor: str) -> Answer | Then:
        self._gate.record(VisitorEnded(staff, visitor, "revoked"))

        def forget() -> Answer:
            self._desk.end(visitor)
            return Done()

        return Then(AnsweringThread.WORKER, forget)

    def _list(self, _: AllowedRequest) -> Answer:
        policy = self._gate.policy()
        shown = tuple(_shown(guest) for guest in self._desk.guests)
        rule = policy.visitors
        return messages.Visitors(shown, rule.longest // 60, rule.uses, policy.numbers.count)


def _shown(guest: Guest) -> messages.VisitorShown:
    right, passed = guest.right, guest.passed
    return messages.VisitorShown(
        right.subject,
        guest.name,
        guest.host,
        guest.means,
        right.until,
        right.uses,
        guest.staff,
        None if passed is None else instant(passed),
    )
