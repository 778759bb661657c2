"""The page of isolation: who stays at home, what gates did, home visits done with a note; no name and no
room.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from edge.decision import HomeIsolation, Outcome
from edge.signing.cose import instant
from sync.central.accounts.actor import command_line_actor
from sync.central.accounts.core.roles import Act, Role
from sync.central.changes.core.change import SetIsolation
from sync.central.changes.submitting import submit
from sync.central.configuration import ChangesSection
from sync.central.demo.gates import DemoGate
from sync.central.devices.devices import enrol_device
from sync.central.followers import FOLLOWERS
from sync.central.isolation.loop import HomeVisitLoop
from sync.central.journals.journals import store_batch
from sync.central.units import DAY, HOUR
from sync.wire import batch_of
from tests.edge.web.judging import judged
from tests.sync.central.isolation.test_recording import access, passed
from tests.sync.central.web.api.conftest import token_client
from tests.sync.central.web.conftest import Console

ENGLISH = {"accept-language": "en"}


@pytest.fixture
def street(console: Console) -> Console:
    """The town, where somebody was isolated yesterday, and a gate refused their way out an hour ago."""
    town = console.town
    order = HomeIsolation("CDC", instant(town.now - DAY), instant(town.now + 6 * DAY))
    change = SetIsolation(town.site.file.id, town.person.id, order)
    gate = DemoGate("extra", "extra")
    entries = gate.write(
        [
            (instant(town.now - HOUR), access(Outcome.DENY, told=True, who=town.person.id)),
            (instant(town.now - HOUR // 2), access(Outcome.GRANT, registry=1, who=town.person.id)),
            (instant(town.now - HOUR // 2 + 1), passed(2)),
        ]
    )
    with console.store.writing() as connection:
        actor = command_line_actor("何静")
        submit(connection, actor, [change], why="a contact", now=town.now - DAY, limits=ChangesSection())
        key = gate.key.public_key().public_bytes_raw()
        enrol_device(connection, "extra", (town.site.file.id, "extra"), key, town.now - DAY)
        store_batch(connection, "extra", batch_of(entries, 0), town.now, FOLLOWERS)
    assert HomeVisitLoop(console.store, lambda: town.now).look() >= 1
    return console


def test_the_list_shows_no_name_and_no_room(street: Console) -> None:
    town = street.town
    said = street.client(Role.OPERATOR, town.street).get("/isolation", headers=ENGLISH).text
    assert town.person.id in said
    assert town.person.name not in said
    assert town.person.address not in said
    assert "not let out" in said
    assert "let out by a gate that did not know yet" in said
    assert "not back" in said
    title = re.search(r"<title>([^<]*)", said)
    assert title is not None
    assert town.person.id not in title[1]
    elsewhere = street.client(Role.OPERATOR, town.elsewhere).get("/isolation", headers=ENGLISH).text
    assert town.person.id not in elsewhere


def test_a_persons_page_tells_it_to_who_opened_it_for_a_purpose(street: Console) -> None:
    town = street.town
    client = street.client(Role.OPERATOR, town.street)
    address = f"/people/{town.site.file.id}/{town.person.id}"
    assert "Exits and home visits" not in client.get(address, headers=ENGLISH).text
    client.post(f"{address}/look", data={"purpose": "visit", "reference": "V-7"})
    said = client.get(address, headers=ENGLISH).text
    assert "Exits and home visits" in said
    assert "a contact" in said, "why it was ordered"


def visit_number(said: str) -> int:
    [number, *_] = re.findall(r"/isolation/visits/(\d+)/done", said)
    return int(number)


def test_a_visit_is_done_with_a_note(street: Console) -> None:
    client = street.client(Role.OPERATOR, street.town.street)
    number = visit_number(client.get("/isolation").text)
    for missing in ({"outcome": "nonsense"}, {"outcome": "other", "note": " "}):
        assert client.post(f"/isolation/visits/{number}/done", data=missing).status_code == 422
    done = {"outcome": "met", "note": "is well"}
    assert client.post(f"/isolation/visits/{number}/done", data=done).status_code == 303
    said = client.get("/isolation", headers=ENGLISH).text
    assert "met at home" in said
    assert "is well" in said
    assert client.post(f"/isolation/visits/{number}/done", data=done).status_code == 422, "it is over"
    assert client.post("/isolation/visits/4000/done", data=done).status_code == 404
    registrar = street.client(Role.REGISTRAR, street.town.street)
    assert f"/isolation/visits/{number}/done" not in registrar.get("/isolation").text
    assert registrar.post(f"/isolation/visits/{number}/done", data=done).status_code == 404


def test_who_sets_limits_changes_when_people_are_visited(street: Console) -> None:
    boss = street.client(Role.ADMINISTRATOR, street.town.street)
    form = {"place": street.town.street, "every": "2", "within": "12", "why": "a hot spot", "begin": "yes"}
    assert boss.post("/isolation/rules", data=form).status_code == 303
    said = boss.get("/isolation", headers=ENGLISH).text
    assert "every 2 days" in said
    assert "within 12 hours" in said
    assert "Change it for a place" in said
    refused = boss.post("/isolation/rules", data=form | {"every": "99"}, headers=ENGLISH)
    assert (refused.status_code, "expected 1 to 30" in refused.text) == (422, True)
    assert boss.post("/isolation/rules", data=form | {"place": street.town.elsewhere}).status_code == 404
    operator = street.client(Role.OPERATOR, street.town.street)
    assert operator.post("/isolation/rules", data=form).status_code == 404
    assert "Change it for a place" not in operator.get("/isolation", headers=ENGLISH).text


def test_a_program_gets_and_ends_them_too(street: Console) -> None:
    town = street.town
    program = token_client(street, 1, [Act.SEE_PERSON, Act.CARE], town.street)
    people = program.get("/api/isolations").json()["items"]
    assert town.person.id in {each["id"] for each in people}
    assert all("••" in each["address"] or not each["address"] for each in people)
    stretch = {"since": town.now - DAY, "until": town.now}
    found = program.get("/api/isolations/exits", params=stretch).json()["items"]
    mine = [each["how"] for each in found if each["device"] == "extra"]
    assert mine == ["unaware", "tried"]
    [visit, *_] = program.get("/api/isolations/visits").json()["items"]
    address = f"/api/isolations/visits/{visit['number']}/done"
    assert program.post(address, json={"outcome": "not_found"}).json()["outcome"] == "not_found"
    assert (
        token_client(street, 2, [Act.CARE], town.elsewhere).post(address, json={"outcome": "met"}).status_code
        == 404
    )


def test_the_page_is_for_everybody_on_a_phone_too(street: Console, browser: Any) -> None:
    """390 px, 320 px: nothing wider than the screen, and no serious finding."""
    page = street.page(browser, Role.ADMINISTRATOR, street.town.street)
    page.goto("/isolation")
    assert not judged(page, ((390, "light"), (320, "dark")))
