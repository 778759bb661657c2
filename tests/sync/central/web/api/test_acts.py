"""What staff do at the console, a program does too: visits, employers' lists, appeals."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sync.central.accounts.core.roles import Act
from sync.central.dispatch.core.assignments import Assignment
from sync.central.dispatch.core.roster import DutyShift, Roster
from sync.central.dispatch.rosters import Worker, put_worker
from sync.central.dispatch.tasks import open_task
from sync.central.web.api.tables import api_request
from tests.sync.central.web.api.conftest import Token
from tests.sync.central.web.conftest import Console
from tests.sync.central.web.town import Town

HOUR = 3_600_000_000


def somebody(town: Town, **more: Any) -> dict[str, Any]:
    return {"name": "赵客", "since": town.now, "until": town.now + 6 * HOUR, **more}


def status(value: str) -> dict[str, Any]:
    since = "2026-03-03T00:30:00Z"
    record = {"value": value, "source": "社区", "reason": "查错了", "rule": "city.contact", "since": since}
    return {"why": "the laboratory called", "status": record}


def test_a_visitor_is_invited_comes_by_a_number_and_is_let_go(token: Token, console: Console) -> None:
    client, town = token([Act.INVITE]), console.town
    site = f"/api/sites/{town.site.file.id}"
    made = client.post(f"{site}/visits", json=somebody(town, by_code=True)).json()
    assert "/visitors/" in made["link"]
    wrong = client.post(f"{site}/numbers", json={"number": "00000001"}).json()
    assert wrong == {"verdict": "unknown", "visit": None}
    checked = client.post(f"{site}/numbers", json={"number": made["code"]}).json()
    assert checked == {"verdict": "good", "visit": made["number"]}
    left = client.post(f"/api/visits/{made['number']}/left").json()
    assert left["life"]["state"] == "left"


def test_who_is_not_coming_is_cancelled_and_it_says_where_the_gates_are_not_told(
    token: Token, console: Console
) -> None:
    client, town = token([Act.INVITE]), console.town
    made = client.post(f"/api/sites/{town.site.file.id}/visits", json=somebody(town)).json()
    said = client.post(f"/api/visits/{made['number']}/cancel").json()
    assert said["number"] == made["number"]
    assert "does not publish" in said["not_revoked"], "the town's console has no key for registries"
    again = client.post(f"/api/visits/{made['number']}/cancel")
    assert (again.status_code, "cancelled" in again.text) == (422, True)
    client.headers["accept-language"] = "zh-CN"
    refused = client.post(f"/api/visits/{made['number']}/cancel").json()
    assert refused["detail"] == "不能取消此来访，其状态为：已取消"
    assert (refused["title"], refused["remedy"]) == ("未能办理", "没有改动任何内容")


def test_what_is_told_once_lies_in_no_database(token: Token, console: Console) -> None:
    """A request under a key is answered again, without the link and the number that open a gate."""
    client, town = token([Act.INVITE]), console.town
    path, body = f"/api/sites/{town.site.file.id}/visits", somebody(town, by_code=True)
    first = client.post(path, json=body, headers={"idempotency-key": "zhao"}).json()
    again = client.post(path, json=body, headers={"idempotency-key": "zhao"}).json()
    assert again == {"number": first["number"], "link": None, "code": None}
    with console.store.reading() as connection:
        [kept] = connection.execute(sa.select(api_request.c.answer)).scalars()
    assert first["code"].encode() not in kept
    assert first["link"].rpartition("/")[2].encode() not in kept


def test_an_employers_list_is_sent_shown_and_taken_once(token: Token, console: Console) -> None:
    client, town = token([Act.IMPORT]), console.town
    shift = {"name": "early", "days": ["monday"], "start": "06:00", "end": "14:00"}
    asked = {"name": "快递公司", "until": town.now + 48 * HOUR, "shifts": [shift]}
    number = client.post(f"/api/sites/{town.site.file.id}/employers", json=asked).json()["number"]
    assert number in {item["number"] for item in client.get("/api/employers").json()["items"]}
    content = "id,name,groups,valid_until\nw1,王工,early,2026-03-04\nw2,李工,late,2026-03-04\n".encode()
    sent = client.post(f"/api/employers/{number}/lists", content=content, params={"name": "march.csv"}).json()
    assert [person["name"] for person in sent["people"]] == ["王工"]
    assert [problem["line"] for problem in sent["problems"]] == [3]
    shown = client.get(f"/api/employers/lists/{sent['number']}").json()
    assert shown == sent
    assert client.post(f"/api/employers/lists/{sent['number']}/take").json()["applied"]
    again = client.post(f"/api/employers/lists/{sent['number']}/take")
    assert again.status_code == 422
    [head] = client.get(f"/api/employers/{number}/lists").json()["items"]
    assert head["decided_at"] is not None


def test_a_list_that_nobody_wants_is_put_aside(token: Token, console: Console) -> None:
    client, town = token([Act.IMPORT]), console.town
    asked = {"name": "快递公司", "until": town.now + 48 * HOUR}
    number = client.post(f"/api/sites/{town.site.file.id}/employers", json=asked).json()["number"]
    sent = client.post(
        f"/api/employers/{number}/lists", content=b"id,name\nw1,Wang\n", params={"name": "a.csv"}
    ).json()
    assert client.post(f"/api/employers/lists/{sent['number']}/aside").status_code == 200
    assert client.get(f"/api/employers/lists/{sent['number']}").status_code == 422


def test_an_appeal_is_opened_taken_forwarded_and_answered(token: Token, console: Console) -> None:
    client, town = token([Act.ANSWER_APPEAL]), console.town
    path = f"/api/subjects/{town.site.file.id}/{town.person.id}/appeals"
    number = client.post(path, json={"question": "为什么不让我进?"}).json()["number"]
    assert number in {item["number"] for item in client.get("/api/appeals").json()["items"]}
    for step, body in (
        ("take", None),
        ("forward", {"text": "问疾控中心"}),
        ("answer", {"text": "规则 city.contact, 来源社区"}),
    ):
        assert client.post(f"/api/appeals/{number}/{step}", json=body).status_code == 200, step
    whole = client.get(f"/api/appeals/{number}").json()
    assert [step["kind"] for step in whole["steps"]] == ["asked", "taken", "forwarded", "answered"]
    settled = client.get("/api/appeals", params={"settled": True}).json()["items"]
    assert number in {item["number"] for item in settled}


def test_an_appeal_is_corrected_by_who_may_set_a_status(token: Token, console: Console) -> None:
    town = console.town
    client = token([Act.ANSWER_APPEAL])
    path = f"/api/subjects/{town.site.file.id}/{town.person.id}/appeals"
    number = client.post(path, json={"question": "已经转阴了"}).json()["number"]
    assert client.post(f"/api/appeals/{number}/correct", json=status("green")).status_code == 403
    setter = token([Act.ANSWER_APPEAL, Act.SET_STATUS])
    assert setter.post(f"/api/appeals/{number}/correct", json=status("green")).json()["applied"]
    assert client.get(f"/api/appeals/{number}").json()["appeal"]["state"] == "corrected"


def test_a_program_sends_somebody_hands_on_and_closes(token: Token, console: Console) -> None:
    client, town = token(), console.town
    always = Roster((DutyShift(frozenset(range(7)), 0, 0),))
    with console.store.writing() as connection:
        for code in ("liu", "zhou"):
            held = Worker(0, town.street, code, code, "zh", "", "", None, None, always)
            put_worker(connection, held, "何静", town.now)
        wanted = Assignment(None, "barrier_forced", town.site.file.id, None, None, town.now, 1)
        number = open_task(connection, wanted, town.now)
    one, two = (each["worker"]["number"] for each in client.get("/api/duty").json()["items"])
    assert [each["number"] for each in client.get("/api/tasks").json()["items"]] == [number]
    path = f"/api/tasks/{number}"
    assert client.post(f"{path}/send", json={"worker": one}).json()["state"] == "sent"
    assert client.post(f"{path}/remind").json()["reminded"] == 1
    assert client.post(f"{path}/hand-on").json()["worker"] == two
    assert client.get(f"{path}/messages").json()["items"] == [], "the loop makes them"
    done = client.post(f"{path}/close", json={"outcome": "repaired", "said": "oiled"}).json()
    assert (done["state"], done["note"]) == ("done", "oiled")
    assert client.post(f"{path}/close", json={"outcome": "repaired"}).status_code == 422
    assert [each["number"] for each in client.get("/api/tasks/ended").json()["items"]] == [number]
