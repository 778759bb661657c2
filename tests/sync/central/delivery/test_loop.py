"""Messages through the loop and real servers: an hour of failures, a death in between, what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
import sqlalchemy as sa

from sync.central.configuration import MailSection, WebhookSection
from sync.central.delivery.core.messages import OutgoingMessage, Recipient, Way
from sync.central.delivery.loop import DeliveryLoop
from sync.central.delivery.queue import Delivery, MessageState, deliveries_about, enqueue
from sync.central.delivery.ways.mail import mail_sender
from sync.central.delivery.ways.page import PageSender
from sync.central.delivery.ways.protocol import Sender
from sync.central.delivery.ways.webhook import webhook_sender
from sync.central.store import Store
from sync.central.units import DAY, HOUR, MINUTE, SECOND
from tests.sync.central.delivery.servers import Hook, MailBox, mail_server, papers_in, webhook_server
from tests.waiting import PATIENT

NOW = 1_790_000_000_000_000


@dataclass
class Alarms:
    """What the alarms were told."""

    said: list[str] = field(default_factory=list)

    def unsent(self, _: sa.Connection, way: Way, found: Sequence[Delivery], __: int) -> None:
        self.said.append(f"{len(found)} not sent by {way}")

    def failing(self, _: sa.Connection, way: Way, __: str, ___: int, words: str, ____: int) -> None:
        assert words
        self.said.append(f"{way} fails")

    def sent_again(self, _: sa.Connection, way: Way, __: int) -> None:
        self.said.append(f"{way} works")


@dataclass
class Post:
    """A loop over a store, whose time a test moves."""

    store: Store
    way: Way
    sender: Sender
    now: int = NOW
    alarms: Alarms = field(default_factory=Alarms)

    def __post_init__(self) -> None:
        self.loop = DeliveryLoop(self.store, self.way, self.sender, lambda: self.now, Random(1), self.alarms)

    def put(self, to: str, subject: str, severity: int = 2) -> None:
        with self.store.writing() as connection:
            address = Recipient(self.way, to)
            enqueue(
                connection, OutgoingMessage(address, subject, "x", about=subject, severity=severity), self.now
            )

    def state(self, subject: str) -> MessageState:
        with self.store.reading() as connection:
            return deliveries_about(connection, subject)[0].state


def by_mail(store: Store, port: int) -> Post:
    section = MailSection("127.0.0.1", "g@c.example", port, security="plain", timeout=PATIENT)
    return Post(store, Way.MAIL, mail_sender(section))


def test_a_webhook_that_fails_for_an_hour_gets_all_in_order_afterwards(store: Store, tmp_path: Path) -> None:
    papers = papers_in(tmp_path / "papers")
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    status = [500]
    hook = Hook(lambda: status[0])
    with webhook_server(hook, papers) as port:
        url = f"https://127.0.0.1:{port}/"
        section = WebhookSection(url, secret, allow_private=True, ca=papers.ca)
        post = Post(store, Way.WEBHOOK, webhook_sender(section))
        for subject in ("a", "b", "c"):
            post.put("liu", subject)
        while post.now < NOW + HOUR:
            post.loop.look()
            post.now += MINUTE
        assert 5 <= len(hook.posted) < 20, "it is not asked again and again"
        assert post.alarms.said == ["webhook fails"], "it is said once, though nothing is given up yet"
        status[0], before = 204, len(hook.posted)
        while post.state("c") is MessageState.WAITING:
            post.now += MINUTE
            post.loop.look()
    told = [body for _, body in hook.posted[before:]]
    assert [b'"about":"%s"' % each.encode() in body for each, body in zip("abc", told, strict=True)] == [
        True
    ] * 3
    assert post.alarms.said == ["webhook fails", "webhook works"]


def test_what_nobody_takes_is_an_alarm_that_ends_with_the_next_that_arrives(store: Store) -> None:
    box = MailBox(to_recipient="550 5.1.1 nobody here")
    with mail_server(box, None) as port:
        post = by_mail(store, port)
        post.put("nobody@example.org", "a")
        post.loop.look()
        post.now += SECOND
        post.loop.look()
        assert post.state("a") is MessageState.FAILED
        assert post.alarms.said == ["1 not sent by mail"]
        box.to_recipient = ""
        post.put("liu@example.org", "b")
        post.loop.look()
    assert post.alarms.said == ["1 not sent by mail", "mail works"]
    assert len(box.mails) == 1


def test_a_greylist_is_waited_out(store: Store) -> None:
    box = MailBox(to_recipient="450 4.2.0 greylisted for 5 minutes")
    with mail_server(box, None) as port:
        post = by_mail(store, port)
        post.put("liu@example.org", "a", 1)
        post.loop.look()
        post.now += 5 * MINUTE
        box.to_recipient = ""
        post.loop.look()
    assert post.state("a") is MessageState.SENT
    assert "mail fails" not in post.alarms.said


def test_what_a_process_was_sending_as_it_died_is_sent_by_the_next(store: Store) -> None:
    class Dies(Exception):
        pass

    class Deadly:
        def send(self, _: int, __: OutgoingMessage, ___: int) -> object:
            raise Dies

    first = Post(store, Way.MAIL, Deadly())  # type: ignore[arg-type]
    first.put("liu@example.org", "a")
    with pytest.raises(Dies):
        first.loop.look()
    box = MailBox()
    with mail_server(box, None) as port:
        second = by_mail(store, port)
        second.loop.look()
        assert second.state("a") is MessageState.WAITING, "somebody may be sending it"
        second.now += 6 * MINUTE
        second.loop.look()
    assert second.state("a") is MessageState.SENT


def test_what_was_to_go_by_a_way_that_nobody_configured_is_said(store: Store) -> None:
    page = Post(store, Way.PAGE, PageSender())
    page.loop = DeliveryLoop(
        store, Way.PAGE, PageSender(), lambda: page.now, Random(1), page.alarms, speaks_for=(Way.MAIL,)
    )
    with store.writing() as connection:
        enqueue(connection, OutgoingMessage(Recipient(Way.MAIL, "liu@example.org"), "a", "x", about="a"), NOW)
    page.loop.look()
    assert page.alarms.said == []
    page.now += 3 * DAY
    page.loop.look()
    assert page.alarms.said == ["1 not sent by mail"]
    assert page.state("a") is MessageState.LATE
