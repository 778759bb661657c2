"""Puts together what sends somebody: alarms, tasks, and the messages that leave, by central.toml."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import SystemRandom
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from edge.web.catalogs import Texts
from edge.web.texts import Language
from sync.central.alarms.core import AlarmKind, Cue
from sync.central.alarms.raising import end_cue, raise_cue
from sync.central.configuration import CentralConfiguration, DispatchSection
from sync.central.delivery.core import Way
from sync.central.delivery.loop import DeliveryLoop
from sync.central.delivery.queue import Delivery
from sync.central.delivery.ways.mail import mail_sender
from sync.central.delivery.ways.page import PageSender
from sync.central.delivery.ways.protocol import Sender
from sync.central.delivery.ways.webhook import webhook_sender
from sync.central.dispatch.core import Bounds
from sync.central.dispatch.loop import DispatchLoop
from sync.central.dispatch.notices import Notices
from sync.central.dispatch.whereabouts import Whereabouts
from sync.central.dispatch.words import words_of_kind
from sync.central.store import Store
from sync.central.units import MINUTE, SECOND
from sync.central.waking import Waker

_TEXTS = Texts(("edge.web", "sync.central.web"))


def kind_in(kind: str, language: str) -> str:
    """What a kind of task is called in a language, where anybody may read it."""
    return _TEXTS.translations(Language(language)).gettext(words_of_kind(kind))


def bounds_of(section: DispatchSection) -> Bounds:
    """The bounds of tasks by [dispatch]."""
    minutes = (section.choose_minutes, section.answer_minutes, section.arrive_minutes)
    return Bounds(*(round(each * MINUTE) for each in minutes))


class AlarmsOfSending:
    """Tells the alarms where nobody can be sent, and what was not delivered."""

    def hole(self, connection: sa.Connection, where: Whereabouts, why: str, now: int) -> None:
        kind, values = AlarmKind.ROSTER_HOLE, {"why": why}
        cue = Cue(kind, where.site, None, where.key, now, values=values, place=where.place)
        raise_cue(connection, cue, now)

    def hole_ended(self, connection: sa.Connection, where: Whereabouts, now: int) -> None:
        end_cue(connection, AlarmKind.ROSTER_HOLE, where.key, now, now)

    def unsent(self, connection: sa.Connection, way: Way, found: Sequence[Delivery], now: int) -> None:
        values = {"way": way.value, "about": found[0].about, "count": len(found)}
        cue = Cue(AlarmKind.DELIVERY_FAILED, None, None, way.value, now, values=values)
        raise_cue(connection, cue, now)

    def failing(
        self, connection: sa.Connection, way: Way, about: str, tries: int, words: str, now: int
    ) -> None:
        values = {"way": way.value, "about": about, "count": tries, "words": words[:_LONGEST_WORDS]}
        cue = Cue(AlarmKind.DELIVERY_FAILED, None, None, way.value, now, values=values)
        raise_cue(connection, cue, now)

    def sent_again(self, connection: sa.Connection, way: Way, now: int) -> None:
        end_cue(connection, AlarmKind.DELIVERY_FAILED, way.value, now, now)


def senders_of(configuration: CentralConfiguration) -> dict[Way, Sender]:
    """The ways by which this centre sends. Raises GatepostError where their files cannot be used."""
    found: dict[Way, Sender] = {Way.PAGE: PageSender()}
    if configuration.mail is not None:
        found[Way.MAIL] = mail_sender(configuration.mail)
    if configuration.webhook is not None:
        found[Way.WEBHOOK] = webhook_sender(configuration.webhook)
    return found


def sending_loops(
    configuration: CentralConfiguration, store: Store, wall: Callable[[], int], waker: Waker
) -> Iterator[tuple[str, DispatchLoop | DeliveryLoop]]:
    """The loops that send somebody, and have them told, by name. `waker` is noticed where alarms changed;
    each loop wakes the next.
    """
    alarms, senders = AlarmsOfSending(), senders_of(configuration)
    zone, bounds = ZoneInfo(configuration.console.time_zone), bounds_of(configuration.dispatch)
    notices = Notices(configuration.console.public_origin, zone, frozenset(senders), bounds, kind_in)
    wakers = {way: Waker() for way in senders}

    def wake() -> None:
        for each in wakers.values():
            each.notice()

    yield "dispatch", DispatchLoop(store, bounds, zone, notices, alarms, wall, waker, wake)
    for way, sender in senders.items():
        nobodys = [each for each in Way if each not in senders] if way is Way.PAGE else ()
        loop = DeliveryLoop(
            store,
            way,
            sender,
            wall,
            SystemRandom(),
            alarms,
            speaks_for=nobodys,
            waker=wakers[way],
            claimed_for=_claimed_for(configuration, way),
        )
        yield f"delivery-{way}", loop


# --- inside --------------------------------------------------------------------------------

_LONGEST_WORDS = 100
_MARGIN = 15 * SECOND


def _claimed_for(configuration: CentralConfiguration, way: Way) -> int:
    """A little more than a try by that way can take: what a process that died was sending waits no longer."""
    section = {Way.MAIL: configuration.mail, Way.WEBHOOK: configuration.webhook}.get(way)
    return _MARGIN if section is None else round(section.timeout * SECOND) + _MARGIN
