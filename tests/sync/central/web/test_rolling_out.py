"""A version is rolled out at the console: planned in figures, begun, seen to fail, stopped, gone on with."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from sync.central.accounts.core.roles import Act, Role
from sync.central.audit.audit import entries
from sync.central.places.sight import EVERYWHERE
from sync.central.rollouts.loop import RolloutLoop
from sync.central.rollouts.tables import rollout, rollout_gate
from sync.central.tables import device, site
from sync.updates.core import UpdateCause
from tests.sync.central.web.api.conftest import token_client
from tests.sync.central.web.conftest import Console

ASKED = {"version": "0.2.0", "shares": "50 100", "most_failed": "5", "soak": "0", "why": "opens faster"}


def in_the_street(console: Console, **more: str) -> dict[str, str]:
    return {**ASKED, "place": str(console.town.street), **more}


def begun(console: Console) -> int:
    answer = console.client().post("/rollouts", data=in_the_street(console))
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].rpartition("/")[2])


def place_of(console: Console, name: str) -> int:
    with console.store.reading() as connection:
        return int(connection.execute(sa.select(site.c.place).where(site.c.id == name)).scalar_one())


def rows(console: Console, table: sa.Table) -> int:
    with console.store.reading() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def asks(console: Console) -> list[str]:
    """The gates that the daemon's next look asks; every gate is there."""
    known = rollout_gate.c.asked_at.is_not(None)
    with console.store.writing() as connection:
        connection.execute(sa.update(device).values(last_seen=console.town.now))
        before = {*connection.execute(sa.select(rollout_gate.c.device).where(known)).scalars()}
    RolloutLoop(console.store, lambda: console.town.now).look()
    with console.store.reading() as connection:
        after = {*connection.execute(sa.select(rollout_gate.c.device).where(known)).scalars()}
    return sorted(after - before)


def ends(console: Console, name: str, how: str, why: str = "") -> None:
    values = {"how": how, "why": why, "ended_at": console.town.now}
    with console.store.writing() as connection:
        connection.execute(sa.update(rollout_gate).where(rollout_gate.c.device == name).values(values))


def test_a_plan_says_how_many_gates_come_when_and_begins_nothing(console: Console) -> None:
    client = console.client()
    client.headers["accept-language"] = "en"
    page = client.get("/rollouts/plan", params=in_the_street(console)).text
    street = {town.file.id for town in console.town.sites}
    with console.store.reading() as connection:
        gates = sum(name in street for name in connection.execute(sa.select(device.c.site)).scalars())
    said = [int(number) for number in re.findall(r'data-label="Gates more">(\d+)<', page)]
    assert (len(said), sum(said)) == (2, gates)
    assert "Begin the roll-out" in page
    assert rows(console, rollout) == 0


def test_its_course_is_live_until_gates_fail_and_a_person_goes_on(console: Console, browser: Any) -> None:
    page = console.page(browser)
    page.goto("/rollouts", wait_until="load")
    page.get_by_label("Version").fill("0.2.0")
    page.get_by_label("Where").select_option(str(console.town.street))
    page.get_by_label("Percent of the gates after each stage").fill("1 100")
    page.get_by_role("button", name="Show the plan").click()
    page.get_by_label("Why, kept with your name").fill("opens faster")
    page.get_by_role("button", name="Begin the roll-out").click()
    course = page.locator("#course")
    expect(course).to_contain_text("waits to be asked")

    [first] = asks(console)
    expect(course).to_contain_text("is at it")
    ends(console, first, "went_back", "its probe does not answer")
    expect(course.locator("tbody tr").first).to_contain_text("its probe does not answer")
    assert asks(console) == []
    expect(course).to_contain_text("Stopped: 1 of 1 gates failed.")

    page.get_by_text("Go on", exact=True).first.click()
    expect(page.get_by_label("Percent that may fail")).to_have_value("100")
    page.get_by_label("Why", exact=True).fill("it had no power")
    page.get_by_role("button", name="Go on").last.click()
    expect(course.locator(".fact-cell").first).to_contain_text("Runs")
    asks(console)
    assert first not in asks(console)
    with console.store.reading() as connection:
        told = [(entry.act, entry.why) for entry in entries(connection, EVERYWHERE)]
    assert ("rollout_resume", "it had no power") in told
    assert ("rollout", "opens faster") in told


def test_why_a_gate_did_not_take_it_is_said_in_the_language_of_who_reads(console: Console) -> None:
    number = begun(console)
    words: dict[str, set[str]] = {"zh": set(), "en": set()}
    with console.store.reading() as connection:
        mine = sa.select(rollout_gate.c.device).where(rollout_gate.c.rollout == number)
        names = list(connection.execute(mine).scalars())
    client, causes = console.client(), list(UpdateCause)
    for begin in range(0, len(causes), len(names)):
        for cause, name in zip(causes[begin:], names, strict=False):
            ends(console, name, "refused", f"https://updates.example.org: {cause} (…)")
        for language, said in words.items():
            client.headers["accept-language"] = language
            page = client.get(f"/rollouts/{number}").text
            said |= set(re.findall(r'<td>([^<>]+) <small lang="en">', page))
    assert [len(said) for said in words.values()] == [len(causes)] * 2
    assert not words["zh"] & words["en"], "each is in both"


def test_who_sees_a_part_of_it_sees_their_gates_alone_and_does_not_stop_it(console: Console) -> None:
    number, mine, other = begun(console), *console.town.sites[:2]
    client = console.client(Role.OPERATOR, place_of(console, mine.file.id))
    client.headers["accept-language"] = "en"
    page = client.get(f"/rollouts/{number}").text
    assert mine.file.name in page
    assert other.file.name not in page
    assert "of the gates in your sight" in page
    assert f'action="/rollouts/{number}/stop"' not in page
    refused = client.post(f"/rollouts/{number}/stop", data={"why": "mine"})
    assert (refused.status_code, "for gates of others too" in refused.text) == (422, True)
    elsewhere = console.client(Role.OPERATOR, console.town.elsewhere)
    assert elsewhere.get(f"/rollouts/{number}").status_code == 404
    assert elsewhere.post("/rollouts", data=in_the_street(console)).status_code == 404
    assert console.client(Role.AUDITOR).post("/rollouts", data=in_the_street(console)).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"shares": "5 x"}, "百分比：应为百分比，以空格隔开"),
        ({"shares": "50 5 100"}, "各阶段的百分比须递增"),
        ({"shares": "5 50"}, "最后为 100"),
        ({"shares": " ".join("1" * 60)}, "各阶段的百分比须递增"),
        ({"version": "../0.2.0"}, "版本：&#39;../0.2.0&#39; 不是版本号"),
        ({"most_failed": "101"}, "允许失败 0 至 100%"),
        ({"soak": "-1"}, "最多观察一周"),
        ({"soak": "9" * 30}, "最多观察一周"),
    ],
)
def test_rules_that_are_wrong_are_said_and_begin_nothing(
    read_console: Console, wrong: dict[str, str], said: str
) -> None:
    client = read_console.client()
    before = rows(read_console, rollout)
    for answer in (
        client.get("/rollouts/plan", params=in_the_street(read_console, **wrong)),
        client.post("/rollouts", data=in_the_street(read_console, **wrong)),
    ):
        assert (answer.status_code, said in answer.text) == (422, True), answer.text
    assert rows(read_console, rollout) == before


def test_a_version_that_is_being_rolled_out_is_not_begun_again(console: Console) -> None:
    begun(console)
    again = console.client().post("/rollouts", data=in_the_street(console))
    assert (again.status_code, "0.2.0 已在推送" in again.text) == (422, True)


def test_a_program_begins_it_once_stops_it_and_goes_on(console: Console) -> None:
    client, key = token_client(console, 1, [Act.SEE, Act.COMMAND]), {"idempotency-key": "0.2.0"}
    body = {"version": "0.2.0", "place": console.town.street, "shares": [50, 100], "why": "opens faster"}
    made = client.post("/api/rollouts", json=body, headers=key).json()
    assert client.post("/api/rollouts", json=body, headers=key).json() == made
    assert rows(console, rollout) == 1
    number = made["number"]
    stopped = client.post(f"/api/rollouts/{number}/stop", json={"why": "complaints"})
    assert stopped.status_code == 200
    [listed] = client.get("/api/rollouts").json()["items"]
    assert (listed["rollout"]["stopped"], listed["is_whole"]) == ("complaints", True)
    assert client.post(f"/api/rollouts/{number}/stop", json={"why": "again"}).status_code == 422
    assert client.post(f"/api/rollouts/{number}/resume", json={"why": "go"}).status_code == 200
    shown = client.get(f"/api/rollouts/{number}").json()
    assert shown["rollout"]["rollout"]["ended_at"] is None
    assert len(shown["gates"]) == shown["rollout"]["gates"]
    assert sum(each["gates"] for each in client.get("/api/versions").json()["items"]) >= len(shown["gates"])
