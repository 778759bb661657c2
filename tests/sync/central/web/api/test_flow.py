"""Flow for programs: who is inside, limits set, entries held and released; each within what a token sees."""

from __future__ import annotations

import pytest

from sync.central.accounts.core.roles import Act
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
    assert client.post("/api/entry-holds", json={"what": what, "why": "full"}).status_code == 404
