"""Nothing arrives with the workers: it is said, blames nobody, and the task goes on when something does."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest
import sqlalchemy as sa

from sync.central.alarms.core import AlarmKind
from sync.central.alarms.tables import alarm_cue
from sync.central.delivery.core.messages import DeliveryOutcome, OutgoingMessage, Way
from sync.central.delivery.loop import DeliveryLoop
from sync.central.delivery.ways.page import PageSender
from sync.central.delivery.ways.protocol import Sent
from sync.central.dispatch.core.life import OfferEnd, TaskState
from sync.central.dispatch.loop import DispatchLoop
from sync.central.dispatch.notices import Notices
from sync.central.dispatch.reading import note_shown
from sync.central.dispatch.tables import task_offer, worker
from sync.central.dispatch.tasks import Stuck
from sync.central.sending import AlarmsOfSending
from sync.central.store import Store
from sync.central.units import MINUTE, SECOND
from tests.examples import alike
from tests.sync.central.dispatch.test_loop import ALWAYS, HERE, Street


class Server:
    """The other side: takes nothing until it `works`."""

    works = False

    def send(self, _: int, __: OutgoingMessage, ___: int) -> Sent:
        outcome = DeliveryOutcome.SENT if self.works else DeliveryOutcome.DELAYED
        return Sent(outcome, "" if self.works else "answered 500")


@dataclass
class Centre:
    """A street, and the loops that have its workers told by one way beside their pages."""

    street: Street
    way: Way
    server: Server = field(default_factory=Server)

    def __post_init__(self) -> None:
        told, street = AlarmsOfSending(), self.street
        ways = frozenset({Way.PAGE, self.way})
        notices = Notices("https://c.example", HERE, ways, street.bounds, lambda kind, _: kind)
        args = (lambda: street.now, Random(1), told)
        self._loops = (
            DispatchLoop(street.store, street.bounds, HERE, notices, told, lambda: street.now),
            DeliveryLoop(street.store, Way.PAGE, PageSender(), *args),
            DeliveryLoop(street.store, self.way, self.server, *args),
        )

    def worker(self, name: str) -> int:
        ways = {"mail": f"{name}@example.org"} if self.way is Way.MAIL else {"handle": name}
        return self.street.worker(name, ALWAYS, "site", **ways)

    def after(self, span: int) -> None:
        for _ in range(span // (30 * SECOND)):
            self.look()
            self.street.now += 30 * SECOND
        self.look()

    def look(self) -> None:
        for each in self._loops:
            each.look()

    def said(self, kind: AlarmKind) -> list[object]:
        """What the alarms were told of a kind: its figures, or that it is over."""
        query = sa.select(alarm_cue).where(alarm_cue.c.kind == kind.value).order_by(alarm_cue.c.number)
        with self.street.store.reading() as connection:
            return ["over" if row.is_end else row.values for row in connection.execute(query)]

    def ends(self) -> list[str | None]:
        with self.street.store.reading() as connection:
            return [*connection.execute(sa.select(task_offer.c.end).order_by(task_offer.c.number)).scalars()]


@pytest.mark.parametrize("way", alike((Way.MAIL, Way.WEBHOOK)))
def test_a_dead_server_is_an_alarm_before_the_first_answer_is_due_and_no_worker_is_blamed(
    store: Store, way: Way
) -> None:
    centre = Centre(Street(store), way)
    people = [centre.worker(name) for name in ("one", "two")]
    number = centre.street.open("isolation_exit")
    centre.after(150 * SECOND)
    [first] = [each for each in centre.said(AlarmKind.DELIVERY_FAILED) if each != "over"]
    assert first == {"way": way.value, "about": "offer 1", "count": 4, "words": "answered 500"}
    centre.after(11 * MINUTE)
    assert centre.ends() == [OfferEnd.NOT_DELIVERED] * 4, "both twice"
    assert centre.street.has(number) == (None, TaskState.OPEN, Stuck.NOT_DELIVERED)
    assert centre.said(AlarmKind.ROSTER_HOLE) == [{"why": "not_delivered"}]
    with store.reading() as connection:
        silent = connection.execute(sa.select(worker.c.silent_since)).scalars().all()
    assert silent == [None] * len(people)

    centre.after(11 * MINUTE)
    assert centre.ends()[4:] == [OfferEnd.NOT_DELIVERED], "one of them is tried again"
    assert centre.said(AlarmKind.ROSTER_HOLE) == [{"why": "not_delivered"}], "it does not come and go"
    centre.server.works = True
    centre.after(5 * MINUTE)
    assert centre.street.has(number)[1] is TaskState.SENT, "somebody is tried again"
    assert centre.said(AlarmKind.DELIVERY_FAILED)[-1] == "over"
    centre.after(3 * MINUTE)
    assert centre.ends()[5] == OfferEnd.NO_ANSWER, "it arrived this time"
    assert centre.said(AlarmKind.ROSTER_HOLE)[-1] == "over"


def test_it_is_not_over_when_the_next_is_tried_who_cannot_be_told_either(store: Store) -> None:
    centre = Centre(Street(store), Way.MAIL)
    centre.worker("one")
    number = centre.street.open("isolation_exit")
    centre.after(8 * MINUTE)
    assert centre.said(AlarmKind.ROSTER_HOLE) == [{"why": "not_delivered"}]
    while centre.street.has(number)[1] is not TaskState.SENT:
        centre.after(30 * SECOND)
    two = centre.worker("two")
    while centre.street.has(number)[0] != two:
        centre.after(30 * SECOND)
    centre.after(10 * MINUTE)
    assert set(centre.ends()) <= {OfferEnd.NOT_DELIVERED, None}
    assert centre.said(AlarmKind.ROSTER_HOLE) == [{"why": "not_delivered"}], "nobody was reached"
    centre.server.works = True
    centre.after(25 * MINUTE)
    assert centre.ends()[-1] != OfferEnd.NOT_DELIVERED
    assert "over" in centre.said(AlarmKind.ROSTER_HOLE)


def test_who_has_the_page_open_was_told_though_no_mail_arrived(store: Store) -> None:
    centre = Centre(Street(store), Way.MAIL)
    centre.worker("one")
    centre.street.open()
    centre.look()
    with store.writing() as connection:
        note_shown(connection, [1], centre.street.now)
    centre.after(3 * MINUTE)
    assert centre.ends()[0] == OfferEnd.NO_ANSWER


def test_whom_no_message_reached_is_asked_for_the_next_task_after_others(store: Store) -> None:
    centre = Centre(Street(store), Way.MAIL)
    centre.worker("one")
    two = centre.street.worker("two", level="city")
    centre.street.open()
    centre.after(3 * MINUTE)
    second = centre.street.open()
    centre.look()
    assert centre.street.has(second)[0] == two
