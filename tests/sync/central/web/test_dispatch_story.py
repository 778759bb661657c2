"""An exit from home isolation is alarmed, somebody is sent, goes, is off line, and says what was done.

Every part is the real one: the gate's signed journal, the loops, a mail server, two browsers.
"""

from __future__ import annotations

import email
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.policy import default as readable
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from edge.decision import Alarm, Decision, Direction, Evidence, Mode, Outcome, Reason
from edge.journal.format import AccessDecided
from edge.signing.cose import instant
from sync.central.accounts.core.roles import Role
from sync.central.alarms.loop import AlarmLoop
from sync.central.alarms.tables import alarm
from sync.central.configuration import MailSection
from sync.central.delivery.core.messages import Way
from sync.central.delivery.loop import DeliveryLoop
from sync.central.delivery.ways.mail import mail_sender
from sync.central.demo.filling import listening
from sync.central.demo.gates import DemoGate
from sync.central.devices.devices import enrol_device
from sync.central.dispatch.core.assignments import Assignment
from sync.central.dispatch.core.clocks import Bounds
from sync.central.dispatch.core.roster import DutyShift, Roster
from sync.central.dispatch.loop import DispatchLoop
from sync.central.dispatch.notices import Notices
from sync.central.dispatch.rosters import Worker, put_worker
from sync.central.dispatch.tables import task, worker_session
from sync.central.dispatch.tasks import open_task
from sync.central.sending import AlarmsOfSending, kind_in
from sync.central.task_senders import TaskSenders
from tests.sync.central.delivery.servers import MailBox, mail_server
from tests.sync.central.web.conftest import Console
from tests.waiting import PATIENT, soon

HERE = ZoneInfo("Asia/Shanghai")
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "has_touch": True}


@dataclass
class Centre:
    """The loops of a centre over the console's store, each done when it is asked for."""

    console: Console
    box: MailBox
    mail: MailSection

    def exit_is_tried(self) -> None:
        """A gate tells, by its signed journal, that somebody in isolation tried to leave."""
        town, store = self.console.town, self.console.store
        gate = DemoGate("story-gate", "west")
        with store.writing() as connection:
            public = gate.key.public_key().public_bytes_raw()
            enrol_device(connection, gate.device, (town.site.file.id, gate.gate), public, town.now)
        alarms = (Alarm(Reason.HOME_ISOLATION, "isolation_exit"),)
        decision = Decision(
            Outcome.DENY, Reason.HOME_ISOLATION, "isolation_exit", town.person.id, alarms=alarms
        )
        decided = AccessDecided(decision, Evidence(Direction.EXIT), Mode.FACE, 1, "camera")
        written = gate.write([(instant(town.now) - timedelta(seconds=70), decided)])
        list(listening(store, lambda: town.now).handle([*gate.sent(written)], 0.0))

    def look(self) -> None:
        """A round of each loop."""
        store, now = self.console.store, self.console.town.now
        told = AlarmsOfSending()
        notices = Notices(self.console.address, HERE, frozenset({Way.MAIL}), Bounds(), kind_in)
        AlarmLoop(store, lambda: now, senders=TaskSenders()).look()
        assert DispatchLoop(store, Bounds(), HERE, notices, told, lambda: now).look()
        sender = mail_sender(self.mail)
        DeliveryLoop(store, Way.MAIL, sender, lambda: now, Random(1), told).look()

    def told(self) -> str:
        """What the newest mail says."""
        mail = email.message_from_bytes(self.box.mails[-1].content, policy=readable)
        text = mail.get_body(("plain",))
        assert text is not None
        return f"{mail['subject']}\n{text.get_content()}"

    def link(self) -> str:
        """The link in the newest mail."""
        return next(word for word in self.told().split() if "/w/" in word)

    def on_duty_until(self, until: int) -> int:
        """Set until when the phone's worker is on duty; returns until when they were."""
        with self.console.store.writing() as connection:
            before = connection.execute(sa.select(worker_session.c.until)).scalar_one()
            connection.execute(sa.update(worker_session).values(until=until))
        return int(before)

    def row(self, table: sa.Table) -> Any:
        with self.console.store.reading() as connection:
            return connection.execute(sa.select(table).order_by(table.c.number.desc())).first()


@pytest.fixture
def centre(console: Console) -> Iterator[Centre]:
    town, box = console.town, MailBox()
    # What the town's day brought is alarmed already, and nobody was sent for it.
    AlarmLoop(console.store, lambda: town.now).look()
    always = Roster((DutyShift(frozenset(range(7)), 0, 0),))
    with console.store.writing() as connection:
        held = Worker(0, town.street, "7", "刘洋", "zh", "liu@example.org", "", None, None, always)
        put_worker(connection, held, "何静", town.now)
    with mail_server(box, None) as port:
        yield Centre(console, box, MailSection("127.0.0.1", "g@c.example", port, security="plain"))


def test_an_exit_is_alarmed_and_somebody_goes(centre: Centre, browser: Any) -> None:
    console, person = centre.console, centre.console.town.person
    centre.exit_is_tried()
    centre.look()
    for word in (person.id, person.name, person.address):
        assert word not in centre.told(), "a message names nobody"

    # The phone: let in once, by asking; one main act.
    phone = console.page(browser, None, **PHONE)
    phone.goto(centre.link(), wait_until="load")
    phone.get_by_role("button", name="打开我的任务").click()
    take = phone.get_by_role("button", name="接，我去")
    expect(take).to_be_visible()
    assert take.bounding_box()["height"] >= 64
    expect(phone.locator("#content")).to_contain_text(person.id)
    expect(phone.locator("#content")).not_to_contain_text(person.name)
    expect(phone.locator("body[data-kept=yes]")).to_be_attached()
    take.click()
    expect(phone.get_by_role("button", name="我到了")).to_be_visible()
    expect(phone.locator("#offline")).to_be_hidden()

    _who_took_a_task_keeps_it_after_the_shift(centre, phone)

    # The console: on the way, with the figure.
    desk = console.page(browser, locale="en")
    desk.goto("/dispatch", wait_until="load")
    expect(desk.locator("section[aria-labelledby=c-way] article")).to_contain_text("刘洋")
    expect(desk.locator(".figure")).to_contain_text("half within 1:10")
    expect(desk.locator("#changed")).to_be_hidden()

    # No network: what is done is kept, also when the page is opened anew.
    phone.context.set_offline(True)
    phone.get_by_role("button", name="我到了").click()
    expect(phone.locator("#offline")).to_contain_text("1 条已存在手机")
    phone.reload(wait_until="load")
    expect(phone.locator("#offline")).to_contain_text("1 条已存在手机")
    phone.get_by_label("已劝回").check()
    phone.get_by_label("补一句").fill("劝回，社区送药")
    phone.get_by_role("button", name="结案，存在手机待送").click()
    expect(phone.locator("#offline")).to_contain_text("2 条已存在手机")
    assert centre.row(task).state == "on_way", "nothing was told yet"

    # Back: it is sent, in its order and with its times.
    phone.context.set_offline(False)
    expect(phone.locator("#offline")).to_be_hidden()
    expect(phone.locator("#content")).to_contain_text("现在没有任务")
    ended = centre.row(task)
    assert (ended.state, ended.outcome, ended.note) == ("done", "sent_home", "劝回，社区送药")
    assert ended.arrived_at is not None
    closed = centre.row(alarm)
    assert (closed.kind, closed.closed_by) == ("isolation_exit", "刘洋")

    # The link lets nobody in again, and the console has what was done.
    other = console.page(browser, None, **PHONE)
    other.goto(centre.link(), wait_until="load")
    expect(other.locator("#content")).to_contain_text("已用过")
    expect(desk.locator("#changed")).to_be_visible()
    desk.keyboard.press("n")
    expect(desk.get_by_role("cell", name="Went home again")).to_be_visible()

    _one_key_sends_the_nearest(console, desk, phone)


def _who_took_a_task_keeps_it_after_the_shift(centre: Centre, phone: Any) -> None:
    """And the phone does not say that its worker is on duty."""
    ends = centre.on_duty_until(centre.console.town.now)
    phone.reload(wait_until="load")
    expect(phone.locator("#who")).to_contain_text("已下班")
    expect(phone.get_by_role("button", name="我到了")).to_be_visible()
    centre.on_duty_until(ends)


def _one_key_sends_the_nearest(console: Console, desk: Any, phone: Any) -> None:
    with console.store.writing() as connection:
        site, now = console.town.site.file.id, console.town.now
        open_task(connection, Assignment(None, "tampered", site, None, None, now, 2), now)
    desk.goto("/dispatch", wait_until="load")
    desk.keyboard.press("1")
    expect(desk.locator("section[aria-labelledby=c-sent] article")).to_contain_text("刘洋")
    expect(phone.get_by_role("button", name="接，我去")).to_be_visible()


def test_a_sentence_half_typed_is_there_again_where_a_session_ended(console: Console, browser: Any) -> None:
    """For whom it was who typed it, and for nobody else."""
    with console.store.writing() as connection:
        site, now = console.town.site.file.id, console.town.now
        number = open_task(connection, Assignment(None, "tampered", site, None, None, now, 2), now)
    desk, asked = console.page(browser), list[Any]()

    def hold(route: Any) -> None:
        asked.append(route)

    def ends(text: str, role: Role) -> None:
        """What was typed is there, and the session ends; `role` signs in next."""
        asked.clear()
        desk.goto("/dispatch", wait_until="load")
        desk.evaluate(f"document.querySelector('#said-{number}').closest('details').open = true")
        desk.fill(f"#said-{number}", text)
        desk.select_option(f"#outcome-{number}", index=1)
        soon(lambda: asked, "the stream", meanwhile=lambda: desk.wait_for_timeout(20))
        desk.context.add_cookies([{"name": "actor", "value": f"{role.value}.", "url": console.address}])
        with desk.expect_navigation():
            asked[0].fulfill(content_type="text/event-stream", body="event: ended\ndata: signed out\n\n")

    desk.route("**/dispatch/stream*", hold)
    ends("Talked to", Role.ADMINISTRATOR)
    expect(desk.locator(f"#said-{number}")).to_have_value("Talked to")
    expect(desk.locator(f"#said-{number}")).to_be_visible()
    assert desk.evaluate(f"document.querySelector('#outcome-{number}').selectedIndex") == 1
    ends("Talked to them", Role.OPERATOR)
    expect(desk.locator(f"#said-{number}")).to_have_value("")
    assert desk.evaluate("sessionStorage.length") == 0


def test_a_phone_whose_clock_is_set_back_goes_on_asking_and_says_how_long_ago_it_was(
    centre: Centre, browser: Any
) -> None:
    """And a page that its browser brings back whole hears again."""
    centre.exit_is_tried()
    centre.look()
    phone = centre.console.page(browser, None, service_workers="block", **PHONE)

    def hurried(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("_EVERY = ", "_EVERY = 0.01 * "))

    phone.route("**/static/worker*", hurried)
    phone.goto(centre.link(), wait_until="load")
    phone.get_by_role("button", name="打开我的任务").click()
    phone.get_by_role("button", name="接，我去").click()
    arrived = phone.get_by_role("button", name="我到了")
    expect(arrived).to_be_visible()
    expect(phone.locator("#offline")).to_be_hidden()
    shown = "dispatchEvent(new PageTransitionEvent('%s', {persisted: true}))"
    with phone.expect_request("**/w/events"):
        phone.evaluate(shown % "pagehide")
        phone.evaluate(shown % "pageshow")
    phone.context.set_offline(True)
    arrived.click()
    expect(phone.locator("#offline")).to_contain_text("1 条已存在手机")
    phone.evaluate(_SET_BACK)
    with phone.expect_request("**/w/acts", timeout=PATIENT * 1000) as asked:
        phone.context.set_offline(False)
    (act,) = asked.value.post_data_json["acts"]
    assert 600e6 <= act["age"] < 3600e6
    with phone.expect_response("**/w/state"):
        pass  # and so on


_SET_BACK = """
  ((wall, goesOn) => {
    Date.now = () => wall() - 86_400_000;
    performance.now = () => goesOn() + 600_000;
  })(Date.now.bind(Date), performance.now.bind(performance))
"""
"""Ten minutes go by, and meanwhile somebody sets the clock a day back."""
