"""Flow for programs: who is inside, limits set, entries held and released; each within what a token sees."""

from __future__ import annotations

import pytest

from sync.central.accounts.core.roles import Act
from sync.central.audit.audit import entries
from sync.central.places.sight import EVERYWHERE
from tests.sync.central.web.api.conftest import Token
from tests.sync.central.web.conftest import Console

HOUR = 3_600_000_000


def test_a_program_reads_the_flow_sets_a_limit_and_holds_entries(token: Token, console: Console) -> None:
    client, town = token([Act.SEE, Act.SET_LIMITS, Act.COMMAND]), console.town
    what = f"site:{town.sites[2].file.id}"
    limit = client.post("/api/limits", json={"what": what, "warn": 4, "stop": 6, "relief": 2})
    assert limit.status_code == 200
    [kept] = client.get("/api/limits").json()["items"]
    assert (kept["what"], kept["limit"]["stop"], kept["changed_by"]) == (what, 6, "Program")
    inside = {each["what"]: each for each in client.get("/api/flow").json()["items"]}
    assert {key: inside[what][key] for key in ("inside", "warn", "stop", "level", "held")} == {
        "inside": 8,
        "warn": 4,
        "stop": 6,
        "level": "stopped",
        "held": False,
    }
    since = town.now - 2 * HOUR
    course = client.get(f"/api/flow/{what}/course", params={"since": since, "until": town.now}).json()
    assert (len(course["inside"]), course["inside"][-1]) == (12, 8)
    asked = {"what": what, "why": "a burst pipe", "minutes": 10}
    held = client.post("/api/entry-holds", json=asked, headers={"idempotency-key": "pipe"}).json()
    assert client.post("/api/entry-holds", json=asked, headers={"idempotency-key": "pipe"}).json() == held
    [shown] = client.get("/api/entry-holds").json()["items"]
    assert (shown["hold"]["actor"], shown["gates"][0]["standing"]) == ("Program", "waits")
    freed = client.post(f"/api/entry-holds/{held['number']}/release").json()
    assert freed["ended_by"] == "Program"
    assert client.get("/api/entry-holds").json()["items"] == []
    assert client.post(f"/api/entry-holds/{held['number']}/release").status_code == 422


def test_a_program_makes_changes_and_removes_a_zone_with_its_limits(token: Token, console: Console) -> None:
    client, town = token([Act.SEE, Act.SET_LIMITS]), console.town
    gates = [{"site": each.file.id, "gate": each.gates[0]} for each in town.sites[:2]]
    asked = {"name": "hall", "place": town.street, "gates": gates}
    made = client.post("/api/zones", json=asked, headers={"idempotency-key": "hall"}).json()
    assert client.post("/api/zones", json=asked, headers={"idempotency-key": "hall"}).json() == made
    assert made["gates"] == [each | {"sign": "as_is"} for each in gates]
    number = made["number"]
    change = asked | {"name": "the hall", "gates": [gates[0] | {"sign": "reversed"}]}
    changed = client.post(f"/api/zones/{number}", json=change).json()
    assert client.get(f"/api/zones/{number}").json() == changed
    assert (changed["name"], changed["gates"]) == ("the hall", change["gates"])
    limit = client.post("/api/limits", json={"what": f"zone:{number}", "stop": 6}).json()["number"]
    other = client.post("/api/limits", json={"what": f"zone:{number}", "stop": 9}).json()["number"]
    assert client.post(f"/api/limits/{other}/remove").json()["limit"]["stop"] == 9
    assert client.post(f"/api/limits/{other}/remove").status_code == 404
    assert client.post(f"/api/zones/{number}/remove").json() == changed
    assert client.get(f"/api/zones/{number}").status_code == 404
    assert client.get("/api/limits").json()["items"] == [], limit
    with console.store.reading() as connection:
        acts = [entry.act for entry in entries(connection, EVERYWHERE)]
    acts = [act for act in acts if act.endswith(("_zone", "_limit"))]
    assert sorted(acts) == sorted([*["put_zone"] * 2, *["put_limit"] * 2, "remove_limit", "remove_zone"])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gates": []}, "gates"),
        ({"gates": [{"site": "central-market", "gate": "nowhere"}]}, "no gate nowhere at central-market"),
        ({"gates": [{"site": "central-market", "gate": "north"}] * 2}, "a gate is named twice"),
        ({"gates": [{"site": "central-market", "gate": "north", "sign": "up"}]}, "sign"),
        ({"name": "x" * 65}, "name"),
        ({"place": -1}, "place"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_zone_that_cannot_be_says_what_is_wrong(
    token: Token, console: Console, changes: dict[str, object], said: str
) -> None:
    gates = [{"site": "central-market", "gate": "north"}]
    asked = {"name": "hall", "place": console.town.street, "gates": gates} | changes
    answer = token([Act.SEE, Act.SET_LIMITS]).post("/api/zones", json=asked)
    assert answer.status_code == 422
    assert said in answer.text
    assert token([Act.SEE]).get("/api/zones").json()["items"] == []


def test_a_street_with_a_limit_or_a_hold_is_listed_beside_sites_and_zones(
    token: Token, console: Console
) -> None:
    client, town = token([Act.SEE, Act.SET_LIMITS, Act.COMMAND]), console.town
    what = f"place:{town.street}"
    assert what not in {each["what"] for each in client.get("/api/flow").json()["items"]}
    client.post("/api/entry-holds", json={"what": what, "why": "a parade"})
    listed = {each["what"]: each for each in client.get("/api/flow").json()["items"]}
    assert listed[what]["held"]
    assert listed[f"site:{town.site.file.id}"]["held"], "its gates are held, whoever holds them"
    assert not listed[f"site:{town.other.file.id}"]["held"]


@pytest.mark.parametrize("what", ["site:nowhere", "zone:9", "place:99999999999999999", "zone:x", "street"])
def test_what_is_not_there_is_not_held_and_has_no_course(token: Token, console: Console, what: str) -> None:
    client, now = token(), console.town.now
    assert client.post("/api/entry-holds", json={"what": what, "why": "full"}).status_code in {404, 422}
    path = f"/api/flow/{what}/course"
    assert client.get(path, params={"since": now - HOUR, "until": now}).status_code in {404, 422}


def test_another_street_is_neither_read_nor_held(token: Token, console: Console) -> None:
    town = console.town
    what = f"site:{town.sites[2].file.id}"
    token().post("/api/entry-holds", json={"what": what, "why": "full"})
    client = token(place=town.elsewhere)
    for path in ("/api/flow", "/api/zones", "/api/limits", "/api/entry-holds"):
        said = client.get(path)
        assert said.status_code == 200
        assert not any(word in said.text for word in town.telling())
    assert client.post("/api/entry-holds/1/release").status_code == 404
    assert client.post("/api/limits", json={"what": what, "stop": 6}).status_code == 404
    gates = [{"site": town.site.file.id, "gate": town.site.gates[0]}]
    zone = {"name": "hall", "place": town.street, "gates": gates}
    made = token().post("/api/zones", json=zone).json()["number"]
    for place in (town.street, town.elsewhere):
        assert client.post("/api/zones", json=zone | {"place": place}).status_code == 404
    assert client.get(f"/api/zones/{made}").status_code == 404
    assert client.post(f"/api/zones/{made}", json=zone).status_code == 404
    assert client.post(f"/api/zones/{made}/remove").status_code == 404
    assert client.post("/api/entry-holds", json={"what": what, "why": "full"}).status_code == 404
