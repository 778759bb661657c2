"""What the centre does with tasks on the page; the API does the same by the same acts: each is noted."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx
import pytest
import sqlalchemy as sa

from sync.central.accounts.core.roles import Role
from sync.central.audit.tables import audit_entry
from sync.central.dispatch.core.assignments import Assignment
from sync.central.dispatch.core.life import WorkerAct
from sync.central.dispatch.core.roster import DutyShift, Roster
from sync.central.dispatch.reading import Task, live_tasks, task_at
from sync.central.dispatch.rosters import Worker, put_worker
from sync.central.dispatch.tasks import Stuck, keep_at_centre, open_task
from sync.central.dispatch.telling import Saying, tell
from sync.central.places.sight import EVERYWHERE
from tests.sync.central.web.conftest import Console

ENGLISH = {"accept-language": "en"}
ALWAYS = Roster((DutyShift(frozenset(range(7)), 0, 0),))


@dataclass
class Desk:
    """The page Dispatch of an operator of the town's street, with two workers and a task."""

    console: Console
    client: httpx.Client
    workers: tuple[int, int]
    task: int

    def post(self, act: str, **form: str) -> int:
        return self.client.post(f"/dispatch/{self.task}/{act}", data=form).status_code

    def page(self) -> str:
        return self.client.get("/dispatch", headers=ENGLISH).text

    def held(self) -> Task:
        with self.console.store.reading() as connection:
            return task_at(connection, EVERYWHERE, self.task)

    def noted(self) -> list[str]:
        with self.console.store.reading() as connection:
            wanted = audit_entry.c.kind == "task"
            return [*connection.execute(sa.select(audit_entry.c.act).where(wanted)).scalars()]


@pytest.fixture
def desk(console: Console) -> Desk:
    town = console.town
    with console.store.writing() as connection:
        workers = [
            put_worker(
                connection,
                Worker(0, town.street, code, code, "zh", "", "", None, None, ALWAYS),
                "何静",
                town.now,
            )[0]
            for code in ("liu", "zhou")
        ]
        wanted = Assignment(None, "barrier_forced", town.site.file.id, town.gate.device, None, town.now, 1)
        task = open_task(connection, wanted, town.now)
    return Desk(console, console.client(Role.OPERATOR, town.street), (workers[0], workers[1]), task)


def test_the_nearest_is_offered_and_each_act_is_done_once_and_noted(desk: Desk) -> None:
    one, two = desk.workers
    assert "Send liu" in desk.page()
    assert desk.post("send", worker=str(one)) == 303
    assert desk.post("send", worker=str(one)) == 422, "they were asked already"
    assert desk.post("remind") == 303
    assert desk.held().reminded == 1
    assert desk.post("hand-on") == 303
    assert desk.held().worker == two, "the next is sent at once"
    with desk.console.store.writing() as connection:
        offer = desk.held().offer
        assert offer is not None
        tell(connection, two, Saying("k", offer, WorkerAct.ARRIVE, 0), desk.console.town.now)
    assert desk.post("send", worker=str(one)) == 422, "somebody is there"
    assert desk.post("close", outcome="danced") == 422
    assert desk.post("close", outcome="other") == 422, "what was done is not said"
    assert desk.post("close", outcome="other", said="stood a ladder aside") == 303
    assert (desk.held().state, desk.held().note) == ("done", "stood a ladder aside")
    assert desk.noted() == ["send_worker", "remind_worker", "hand_task_on", "close_task"]
    assert "stood a ladder aside" in desk.page()


def test_what_happened_since_the_page_was_made_is_told_once_it_listens(desk: Desk) -> None:
    address = re.search(r'data-stream="(/dispatch/stream\?after=\d+)"', desk.page())
    assert address is not None
    assert desk.post("send", worker=str(desk.workers[0])) == 303
    with desk.client.stream("GET", address[1]) as answer:
        assert next(line for line in answer.iter_lines() if line.startswith("event: ch")) == "event: changed"


def test_one_task_alone_has_the_key_that_sends(desk: Desk) -> None:
    """Who presses it knows whom it is for: the one that says so."""
    with desk.console.store.writing() as connection:
        site, now = desk.console.town.site.file.id, desk.console.town.now
        open_task(connection, Assignment(None, "fault_reported", site, None, None, now, 3), now)
    page = desk.page()
    assert page.count(">Send ") > page.count('data-key="1"') == page.count('<kbd aria-hidden="true">1<') == 1


def test_a_task_for_which_nobody_is_there_says_so(desk: Desk) -> None:
    with desk.console.store.writing() as connection:
        keep_at_centre(connection, desk.task, Stuck.NOBODY_ANSWERED)
    assert "Nobody who was asked has answered" in desk.page()


def test_who_does_not_care_for_alarms_sends_nobody(desk: Desk) -> None:
    registrar = desk.console.client(Role.REGISTRAR, desk.console.town.street)
    assert registrar.get("/dispatch").status_code == 404
    assert registrar.post(f"/dispatch/{desk.task}/send", data={"worker": "1"}).status_code == 404
    elsewhere = desk.console.client(Role.OPERATOR, desk.console.town.elsewhere)
    assert "liu" not in elsewhere.get("/dispatch").text
    with desk.console.store.reading() as connection:
        assert [each.worker for each in live_tasks(connection, EVERYWHERE)] == [None]


def test_a_link_that_is_none_waits_for_no_writer(console: Console) -> None:
    stranger = console.client(None)
    with console.store.writing():
        answer = stranger.post("/w/nothing")
    assert answer.status_code == 200
    assert not any(name == "gatepost-worker" for name in answer.cookies)
