"""What other rules would have changed, asked on a page and beside a change that waits."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx

from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.changes.core.change import PutPolicy
from sync.central.changes.submitting import WaitingSet, submit
from sync.central.configuration import ChangesSection
from tests.sync.central.web.conftest import Console
from tests.waiting import PATIENT, soon

STRICT = """
[gates.north]
mode = "face_or_code"
[gates.south]
mode = "face_or_code"
[gates.goods]
mode = "face_or_code"
[[access]]
id = "all"
[statuses.green]
entry = "refer"
"""


def reader(console: Console, role: Role = Role.ADMINISTRATOR) -> httpx.Client:
    client = console.client(role)
    client.headers["accept-language"] = "en"
    return client


def plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def answered(client: httpx.Client, address: str) -> str:
    """The page, once the question is answered."""
    pages: list[str] = []

    def has_answer() -> bool:
        pages.append(client.get(address).text)
        return "Would grant" in pages[-1]

    soon(has_answer, within=PATIENT)
    return plain(pages[-1])


def test_rules_are_tried_over_what_the_gates_saw(console: Console) -> None:
    client, site = reader(console), console.town.site.file.id
    assert "Nothing is changed." in plain(client.get(f"/what-if/{site}").text)
    wrong = client.post(f"/what-if/{site}", data={"text": "[gates.north]\nmode = 3\n"})
    assert wrong.status_code == 422
    assert "gates.north.mode" in plain(wrong.text)
    sent = client.post(f"/what-if/{site}", data={"text": STRICT})
    assert sent.status_code == 303
    address = sent.headers["location"]
    said = answered(client, address)
    assert "Was granted" in said
    assert re.search(r"[1-9][0-9]* differ", said)
    assert "Granted → Referred" in said
    assert "statuses.green.entry" in said
    assert "evidence complete for 3 of 3 gates" in said
    example = re.search(r'href="(/accesses/[^"]+/explain)"', client.get(address).text)
    assert example is not None
    assert "Replay gives the same." in plain(client.get(example[1]).text)
    assert client.post(f"{address}/stop").status_code == 303
    assert client.get(f"/what-if/{site}/0000000000000000").status_code == 404
    assert reader(console, Role.AUDITOR).get(address).status_code == 404


def test_a_policy_that_waits_shows_what_it_would_have_changed(console: Console, browser: Any) -> None:
    site = console.town.site.file.id
    actor = Actor(900, "zhang", (RoleGrant(Role.ADMINISTRATOR, None),), Via.SESSION)
    with console.store.writing() as connection:
        change = PutPolicy(site, STRICT)
        waits = submit(
            connection, actor, [change], why="colder", now=console.town.now, limits=ChangesSection()
        )
    assert isinstance(waits, WaitingSet)
    address = f"/approvals/{waits.number}/what-if"
    assert "Granted → Referred" in answered(reader(console), address)
    part = reader(console).get(address, headers={"hx-request-type": "partial"}).text
    assert "<html" not in part
    page = console.page(browser, viewport={"width": 1280, "height": 900})
    page.goto(f"/approvals/{waits.number}")
    page.locator(".matrix").wait_for()
    assert page.locator(".matrix .differs").count() >= 1
    assert page.locator("svg.days rect").count() >= 2
    assert reader(console).get("/approvals/99999/what-if").status_code == 404
