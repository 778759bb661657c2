"""The roster's pages: a list with a dry run, a day that changes, a link; and what a hostile phone can do."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from sync.central.accounts.core.roles import Role
from sync.central.dispatch.core.assignments import Assignment
from sync.central.dispatch.reading import live_tasks
from sync.central.dispatch.rosters import workers_in
from sync.central.dispatch.tables import task_act
from sync.central.dispatch.tasks import open_task, send_to
from sync.central.places.sight import EVERYWHERE
from tests.edge.web.serving import NO_TLS
from tests.sync.central.web.conftest import OURS, Console
from tests.waiting import PATIENT

ENGLISH = {"accept-language": "en"}
HEAD = "code,name,place,days,start,end,language,mail,handle\n"
LIST = f"""{HEAD}7,刘洋,central-market,1-5,06:00,14:00,zh,liu@example.org,liu
7,刘洋,central-market,6,08:00,12:00,zh,liu@example.org,liu
8,周敏,central-market,"1,3",22:00,6:00,,,
"""
WRONG = f"""{HEAD}7,刘洋,central-market,1-5,06:00,14:00,zh,,
8,,central-market,1-5,06:00,14:00,zh,,
9,陈刚,nowhere,1-5,06:00,14:00,zh,,
10,陈刚,central-market,8,06:00,14:00,zh,,
11,陈刚,central-market,5-1,06:00,14:00,zh,,
12,陈刚,central-market,1,25:00,14:00,zh,,
13,陈刚,central-market,1,06:00,14:00,de,,
14,陈刚,central-market,1,06:00,14:00,zh,no address,
7,别人,central-market,6,06:00,14:00,zh,,
"""


def names(console: Console) -> list[tuple[str, int]]:
    with console.store.reading() as connection:
        found = workers_in(connection, EVERYWHERE)
    return sorted((each.name, len(each.roster.shifts)) for each in found)


def plan(client: httpx.Client, text: str) -> str:
    answer = client.post("/roster/plan", files={"table": ("班.csv", text.encode())}, headers=ENGLISH)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def test_a_list_is_shown_before_anything_changes_and_then_taken_in(console: Console) -> None:
    client = console.client(Role.OPERATOR, console.town.street)
    text = plan(client, LIST)
    assert "Nothing has been changed yet" in text
    assert "2 workers" in text
    assert names(console) == []
    shown = client.post("/roster/plan", files={"table": ("a.csv", LIST.encode())}, headers=ENGLISH).text
    [kept] = re.findall(r'name="text" value="([^"]*)"', shown)
    assert client.post("/roster/apply", data={"text": html.unescape(kept)}).status_code == 303
    assert names(console) == [("刘洋", 2), ("周敏", 1)]


def test_each_wrong_row_is_named_by_line_and_column(console: Console) -> None:
    text = plan(console.client(), WRONG)
    for line, column in (
        *((3, "name"), (4, "place"), (5, "days"), (6, "days"), (7, "start"), (8, "language")),
        *((9, "mail"), (10, "code")),
    ):
        assert re.search(rf">{line}</td><td[^>]*>{column}</td>", text), f"line {line}: {column}"


def test_who_manages_another_street_takes_nobody_in_here(console: Console) -> None:
    client = console.client(Role.OPERATOR, console.town.elsewhere)
    text = plan(client, LIST)
    assert "there is no place" in text
    made = client.post("/roster/apply", data={"text": LIST}, headers=ENGLISH)
    assert made.status_code == 422
    assert names(console) == []


def test_what_is_no_roster_is_refused_with_what_to_do(console: Console) -> None:
    client = console.client()
    for data in (b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"PK\x03\x04" + bytes(50)):
        answer = client.post("/roster/plan", files={"table": ("x", data)}, headers=ENGLISH)
        assert answer.status_code == 422, data
    assert names(console) == []


# --- the phone --------------------------------------------------------------------------------------------


@pytest.fixture
def phone(console: Console) -> Iterator[httpx.Client]:
    """The phone of somebody who was let in by a link of the roster's page, and is asked for one task."""
    desk = console.client()
    form = {"code": "7", "name": "刘洋", "place": str(console.town.street), "days": "1-7"}
    desk.post("/roster/put", data={**form, "start": "00:00", "end": "00:00", "language": "en"})
    with console.store.reading() as connection:
        [liu] = workers_in(connection, EVERYWHERE)
    shown = desk.post(f"/roster/{liu.number}/link", headers=ENGLISH).text
    [path] = re.findall(r"<code>http://[^/]+(/w/[^<]+)</code>", shown)
    with console.store.writing() as connection:
        wanted = Assignment(None, "barrier_forced", console.town.site.file.id, None, "li-na", 0, 1)
        number = open_task(connection, wanted, console.town.now)
        send_to(connection, EVERYWHERE, number, liu.number, "何静", console.town.now)
    with httpx.Client(base_url=console.address, headers=OURS, timeout=PATIENT, verify=NO_TLS) as client:
        for _ in range(2):
            assert "Open my tasks" in client.get(path, headers=ENGLISH).text, "looking does not use it up"
        assert client.post(path).status_code == 303
        yield client


def act(offer: int, name: str, key: str = "k", **more: Any) -> dict[str, Any]:
    return {"key": key, "offer": offer, "act": name, "age": 0, **more}


def test_a_phone_is_told_what_the_task_needs_and_no_more(phone: httpx.Client, console: Console) -> None:
    told = phone.get("/w/state").json()
    [mine] = told["tasks"]
    assert (told["name"], mine["what"], mine["severity"]) == ("刘洋", "Barrier forced", 1)
    assert (mine["person"], mine["room"]) == (None, None), "a barrier leads to nobody"
    with console.store.reading() as connection:
        [held] = live_tasks(connection, EVERYWHERE)
    assert held.shown_at == console.town.now
    assert httpx.get(f"{console.address}/w/state", verify=NO_TLS, timeout=PATIENT).json() == {
        "signed_in": False
    }


def test_what_a_phone_tells_again_counts_once(phone: httpx.Client, console: Console) -> None:
    offer = phone.get("/w/state").json()["tasks"][0]["offer"]
    acts = [act(offer, "on_way", "a"), act(offer, "arrive", "b")]
    for _ in range(2):
        told = phone.post("/w/acts", json={"acts": acts}).json()
        assert [each["trouble"] for each in told["answers"]] == [None, None]
    with console.store.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(task_act)).scalar() == 2


HOSTILE = (
    b"",
    b"[]",
    b'{"acts": [{"key": "k", "offer": "x", "act": "on_way", "age": 0}]}',
    b'{"acts": [{"key": "k", "offer": 1, "act": "dance", "age": 0}]}',
    b'{"acts": [{"key": "k", "offer": 1, "act": "on_way", "age": -1}]}',
    b'{"acts": [' + b'{"key": "k", "offer": 1, "act": "on_way", "age": 0},' * 60 + b"{}]}",
    b'{"acts": [], "more": 1}',
)


def test_what_no_phone_would_say_is_refused(phone: httpx.Client) -> None:
    for body in HOSTILE:
        assert phone.post("/w/acts", content=body).status_code == 422, body


def test_a_hostile_phone_reaches_no_task_of_another_and_fills_nothing(phone: httpx.Client) -> None:
    offer = phone.get("/w/state").json()["tasks"][0]["offer"]
    told = phone.post("/w/acts", json={"acts": [act(offer + 1, "on_way")]}).json()
    assert told["answers"][0]["trouble"] == "refused"
    many = [act(offer, "on_way", f"k{number}") for number in range(50)]
    answers = phone.post("/w/acts", json={"acts": many}).json()["answers"]
    assert [each["trouble"] for each in answers].count(None) == 40
    far = act(offer, "on_way", "far", age=2**53)
    assert phone.post("/w/acts", json={"acts": [far]}).status_code == 200


def test_a_phone_that_was_lost_is_shut_out(phone: httpx.Client, console: Console) -> None:
    with console.store.reading() as connection:
        [liu] = workers_in(connection, EVERYWHERE)
    assert console.client().post(f"/roster/{liu.number}/sign-out").status_code == 303
    assert phone.get("/w/state").json() == {"signed_in": False}
    assert phone.post("/w/acts", json={"acts": [act(1, "on_way")]}).json() == {"signed_in": False}
