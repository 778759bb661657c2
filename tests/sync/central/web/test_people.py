"""People in the console: a list without names, a record that opens for a purpose, and its acts."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from edge.decision import Status, Subject
from sync.central.accounts.core.roles import Role
from sync.central.audit.audit import About, entries
from sync.central.people.consents import consents_of
from sync.central.people.subjects import (
    held_subjects,
    put_subject,
    put_templates,
    status_history,
    template_count,
)
from sync.central.places.sight import EVERYWHERE
from tests.edge.registry.repository import sealed, unit_vector
from tests.edge.web.judging import AXE, findings
from tests.sync.central.web.conftest import Console

LOOK = {"purpose": "appeal", "reference": "A-1182"}


class Desk:
    """Somebody at the page of one person of the town."""

    def __init__(self, console: Console, role: Role = Role.REGISTRAR) -> None:
        self.console = console
        self.site, self.person = console.town.site.file.id, console.town.person.id
        self.address = f"/people/{self.site}/{self.person}"
        self.client = console.client(role, console.town.street)
        self.client.headers["accept-language"] = "en"

    def look(self) -> str:
        assert self.client.post(f"{self.address}/look", data=LOOK).status_code == 303
        return self.page()

    def page(self) -> str:
        answer = self.client.get(self.address)
        assert answer.status_code == 200
        return answer.text

    def act(
        self, what: str, form: Mapping[str, str] | None = None, seen: str | None = None
    ) -> httpx.Response:
        found = re.search(r'name="seen" value="([^"]*)"', self.page())
        carried = html.unescape(found[1]) if found else ""
        data = {"seen": seen or carried, "why": "as the paper says", **(form or {})}
        return self.client.post(f"{self.address}/{what}", data=data)

    def held(self) -> Subject | None:
        with self.console.store.reading() as connection:
            return held_subjects(connection, self.site, [self.person]).get(self.person)


@pytest.fixture
def desk(console: Console) -> Desk:
    return Desk(console)


def test_the_list_shows_ids_and_no_name_and_no_room(read_console: Console) -> None:
    said = read_console.client(Role.OPERATOR, read_console.town.street).get("/people").text
    site = read_console.town.site
    assert site.people[0].id in said
    for person in site.people:
        assert person.name not in said
        assert person.address not in said
    assert read_console.town.other.people[0].id not in said


def test_a_record_shows_nothing_without_a_purpose_and_opens_with_one(desk: Desk) -> None:
    person = desk.console.town.person
    closed = desk.page()
    assert person.name not in closed
    assert person.address not in closed
    refused = desk.client.post(f"{desk.address}/look", data={"purpose": "visit", "reference": "she is ill"})
    assert refused.status_code == 422
    assert "she is ill" in refused.text, "what was typed is there again"
    said = desk.look()
    assert person.name in said
    assert "A-1182" in said
    parts = re.findall(r'hx-get="([^"]+)"', said)
    assert len(parts) == len(set(parts)), "each part of the page comes once"
    assert sum("/appeals/of/" in part for part in parts) == 1
    with desk.console.store.reading() as connection:
        [entry] = entries(connection, EVERYWHERE, about=About("subject", person.id, desk.site))
    assert (entry.act, entry.why) == ("look", "appeal A-1182")
    desk.client.post(f"{desk.address}/look/close")
    assert person.name not in desk.page()


def test_somebody_elses_look_opens_nothing_for_me(desk: Desk) -> None:
    desk.look()
    assert desk.console.town.person.name not in Desk(desk.console, Role.AUDITOR).page()


def test_who_looks_only_sees_no_act(desk: Desk) -> None:
    said = Desk(desk.console, Role.AUDITOR).look()
    assert "/status" not in said
    assert "/erase" not in said
    auditor = desk.console.client(Role.AUDITOR, desk.console.town.street)
    assert auditor.post(f"{desk.address}/erase", data={"seen": "", "why": "x"}).status_code == 404


def test_a_status_is_corrected_and_the_one_before_stays(desk: Desk) -> None:
    desk.look()
    form = {"value": "yellow", "source": "office", "reason": "mixed up", "rule": "city.1", "since": ""}
    assert desk.act("status", form).status_code == 303
    with desk.console.store.reading() as connection:
        history = status_history(connection, desk.site, desk.person)
    held = desk.held()
    assert held is not None
    assert held.status == history[-1].record
    assert (history[-1].record.value, history[-1].record.reason) == (Status.YELLOW, "mixed up")
    said = desk.page()
    assert "mixed up" in said
    assert "Status set" in said, "the receipt is where the act was"


def test_the_second_of_two_operators_is_told_what_changed_and_overwrites_nothing(desk: Desk) -> None:
    said = desk.look()
    found = re.search(r'name="seen" value="([^"]*)"', said)
    assert found is not None
    seen = html.unescape(found[1])
    assert desk.act("record", {"name": "Chen Yu", "groups": "staff"}).status_code == 303
    late = desk.act("record", {"name": "Somebody", "groups": "resident"}, seen)
    assert late.status_code == 409
    assert "Chen Yu" in late.text
    held = desk.held()
    assert held is not None
    assert (held.name, held.groups) == ("Chen Yu", frozenset({"staff"}))


def test_isolation_is_ordered_with_exceptions_and_lifted(desk: Desk) -> None:
    desk.look()
    order = {"source": "office", "since": "2026-03-03T00:00", "until": "2026-03-10T00:00"}
    assert desk.act("isolation", order).status_code == 303
    out = {"reason": "a test", "since": "2026-03-05T08:00", "until": "2026-03-05T10:00"}
    assert desk.act("isolation/exception", out).status_code == 303
    held = desk.held()
    assert held is not None
    assert held.isolation is not None
    [exception] = held.isolation.exceptions
    assert exception.until - exception.since == timedelta(hours=2)
    assert "a test" in desk.page()
    assert desk.act("isolation/lift").status_code == 303
    lifted = desk.held()
    assert lifted is not None
    assert lifted.isolation is None


def test_a_withdrawn_face_goes_and_the_person_stays(desk: Desk) -> None:
    record = desk.held()
    assert record is not None
    with desk.console.store.writing() as connection:
        put_templates(connection, desk.site, desk.person, (sealed(record, unit_vector(1)),))
    desk.look()
    consent = {"wording": "2026-11", "form": "signed", "place": "east gate"}
    assert desk.act("consent", consent).status_code == 303
    assert desk.act("face/withdraw").status_code == 303
    with desk.console.store.reading() as connection:
        assert template_count(connection, desk.site, desk.person) == 0
        answers = [item.answer.value for item in consents_of(connection, desk.site, desk.person)]
    assert answers == ["given", "withdrawn"]
    assert desk.held() == record


STATUS = {"value": "red", "source": "x", "reason": "x", "rule": "x"}
REVERSED = {"name": "x", "valid_from": "2026-02-01T00:00", "valid_until": "2026-01-01T00:00"}
OUT = {"reason": "x", "since": "2026-02-01", "until": "2026-02-02"}
IMPOSSIBLE = [
    ("status", {**STATUS, "since": "soon"}, "not a time"),
    ("record", {"name": "=HYPERLINK(1)"}, "formula"),
    ("record", {"name": "<script>alert(1)</script>"}, "markup"),
    ("record", REVERSED, "exchanged"),
    ("isolation", {"source": "x", "until": ""}, "no time is given"),
    ("isolation/exception", OUT, "order it first"),
    ("erase", {"why": " "}, "no reason given"),
]


def test_what_cannot_be_is_said_and_nothing_done(desk: Desk) -> None:
    desk.look()
    before = desk.held()
    for what, form, said in IMPOSSIBLE:
        answer = desk.act(what, form)
        assert 400 <= answer.status_code < 500, what
        assert said in html.unescape(answer.text), what
    assert desk.held() == before


def test_an_act_on_a_record_whose_look_is_over_does_nothing(desk: Desk) -> None:
    desk.look()
    seen = desk.page()
    found = re.search(r'name="seen" value="([^"]*)"', seen)
    assert found is not None
    desk.client.post(f"{desk.address}/look/close")
    answer = desk.client.post(
        f"{desk.address}/erase", data={"seen": html.unescape(found[1]), "why": "a request"}
    )
    assert "look at this record is over" in answer.text
    assert desk.held() is not None


def test_a_person_is_added_once_and_without_scripts(desk: Desk) -> None:
    form = {"site": desk.site, "id": "S 1", "name": "Li Na", "address": "6/1/1", "why": "moved in"}
    assert desk.client.post("/people", data=form).status_code == 303
    assert "already" in desk.client.post("/people", data=form).text
    assert "markup" in desk.client.post("/people", data={**form, "id": "S2", "name": "<b>"}).text
    other = {**form, "site": desk.console.town.other.file.id}
    assert desk.client.post("/people", data=other).status_code == 404


def test_names_that_are_scripts_are_shown_as_they_are_written(desk: Desk) -> None:
    """An older database, or a site's folder, may have them."""
    with desk.console.store.writing() as connection:
        record = replace(desk.console.town.person, name="<script>alert(1)</script>")
        put_subject(connection, desk.site, record, desk.console.town.now)
    said = desk.look()
    assert "<script>alert" not in said
    assert "&lt;script&gt;alert(1)" in said


def test_a_record_is_opened_in_a_browser_and_its_status_corrected(desk: Desk, browser: Any) -> None:
    page = desk.console.page(browser, Role.REGISTRAR, desk.console.town.street)
    page.goto(desk.address)
    page.get_by_label("Appeal", exact=True).check()
    page.get_by_label("Reference of the case").fill("A-7")
    page.get_by_role("button", name="Open the record").click()
    page.get_by_text("You see this record for:").wait_for()
    page.evaluate(AXE)
    assert findings(page) == []
    page.set_viewport_size({"width": 360, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_text("Correct the status").click()
    card = page.locator("section", has=page.get_by_role("heading", name="Status"))
    card.get_by_label("Source").fill("office")
    card.get_by_label("Reason").fill("mixed up")
    card.locator("select[name=value]").select_option("yellow")
    card.get_by_label("Why", exact=True).fill("appeal A-7")
    card.get_by_role("button", name="Set the status").click()
    page.get_by_text("Status set").wait_for()
    held = desk.held()
    assert held is not None
    assert held.status is not None
    assert held.status.value is Status.YELLOW
