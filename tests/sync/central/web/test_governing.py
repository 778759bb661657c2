"""Approvals, policies, publishing and appeals in the console: two people, and somebody at the gate."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from edge.decision import Status, StatusRecord, Subject
from sync.central.accesses.tables import access
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.accounts.tables import account, account_grant
from sync.central.changes.appeals import appeals
from sync.central.changes.core.appeal_state import AppealState
from sync.central.changes.core.change import PutSubject, RevokeSubject, SetStatus
from sync.central.changes.policies import KeptPolicy, keep_policy, kept_policy
from sync.central.changes.submitting import WaitingSet, submit
from sync.central.configuration import ChangesSection
from sync.central.people.subjects import status_history, subject_at
from sync.central.places.sight import EVERYWHERE
from sync.central.store import Store
from sync.central.visits.core.workers import group_of
from sync.central.visits.employers import make_employer
from sync.central.web.app import console_app
from sync.central.web.services import Services
from tests.edge.web.serving import NO_TLS, served
from tests.sync.central.registry.desk import SITE, TOML, Desk
from tests.sync.central.web.conftest import OURS, Console, who
from tests.sync.central.web.laid import laid
from tests.sync.central.web.town import NOW
from tests.waiting import PATIENT

RED = StatusRecord(Status.RED, "clinic", "positive", "pcr", NOW)
POLICY = "[stale]\ndegrade_after = 86400\n\n[temperature]\nlimit = 37.3\n"


def hired(store: Store, place: int | None) -> None:
    """The accounts that the tests sign in by, made long ago: each role at a place."""
    with store.writing() as connection:
        for number, role in enumerate(Role, 100 * (place or 0) + 1):
            name = f"{role.value} {'' if place is None else place}".strip()
            row = {"number": number, "name": name, "display": name, "handle": name.encode(), "made_at": 1}
            grant = {"account": number, "role": role.value, "place": place, "at": 1}
            connection.execute(sa.insert(account).values(**row))
            connection.execute(sa.insert(account_grant).values(**grant))


@pytest.fixture
def office(console: Console) -> Console:
    hired(console.store, console.town.street)
    return console


def client(console: Console, role: Role) -> httpx.Client:
    made = console.client(role, console.town.street)
    made.headers["accept-language"] = "en"
    return made


def asked(console: Console, count: int = 6) -> int:
    """A change of so many people, asked for by the street's administrator."""
    site, actor = console.town.site.file.id, console.town.street
    changes = [SetStatus(site, person.id, RED) for person in console.town.site.people[:count]]
    with console.store.writing() as connection:
        asker = who_is(Role.ADMINISTRATOR, actor)
        made = submit(
            connection,
            asker,
            changes,
            why="this morning's list",
            now=console.town.now,
            limits=ChangesSection(),
        )
    assert isinstance(made, WaitingSet)
    return made.number


def who_is(role: Role, place: int | None) -> Actor:
    number = 100 * (place or 0) + 1 + list(Role).index(role)
    name = f"{role.value} {place or ''}".strip()
    return Actor(number, name, (RoleGrant(role, place),), Via.SESSION)


def red_ones(console: Console) -> list[str]:
    site = console.town.site
    with console.store.reading() as connection:
        found = [subject_at(connection, site.file.id, person.id) for person in site.people]
    return [item.id for item in found if item.status == RED]


def seen_in(text: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', text)
    assert found is not None
    return found[1]


# --- approvals -----------------------------------------------------------------------------------


def test_a_bulk_change_is_approved_and_an_appeal_answered_in_a_browser(office: Console, browser: Any) -> None:
    number = asked(office)
    page = office.page(browser, Role.REGISTRAR, office.town.street)
    page.goto("/approvals")
    assert page.locator(".side .badge").first.inner_text() == "1"
    page.get_by_role("link", name=str(number), exact=True).click()
    assert "waits for a second person" in page.locator("h1").inner_text()
    assert page.locator("tr.diff").count() == 6
    page.get_by_label("Your reason").fill("checked with the clinic")
    page.get_by_label("Lines to leave out").fill("2, 4-5")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Approved").first.wait_for()
    people = [person.id for person in office.town.site.people]
    assert red_ones(office) == [people[0], people[2], people[5]]

    denied = a_denial(office)
    person = office.page(browser, None)
    person.goto(f"/appeals/ask?number={denied.device}-{denied.sequence}")
    person.get_by_label("Your id").fill(denied.subject)
    person.get_by_label("Your question").fill("I was negative yesterday")
    person.get_by_role("button", name="Ask", exact=True).click()
    person.get_by_text("Your question was received").wait_for()
    page.goto("/appeals")
    page.get_by_role("link", name="1", exact=True).click()
    assert page.get_by_text("I was negative yesterday").count() == 1
    assert page.get_by_text("Status now").count() == 0, "nobody opened the record yet"
    page.get_by_role("button", name="Take it").click()
    page.get_by_text("Status now").wait_for()
    page.get_by_label("The answer").fill("The laboratory's result of Monday; a new test lifts it.")
    page.get_by_role("button", name="Answer").click()
    page.get_by_text("“The laboratory's result of Monday").wait_for()
    with office.store.reading() as connection:
        [found] = appeals(connection, EVERYWHERE, is_open=False)
    assert (found.state, found.by_person, found.subject) == (AppealState.ANSWERED, True, denied.subject)


def a_denial(console: Console) -> Any:
    query = sa.select(access.c.device, access.c.sequence, access.c.subject).where(
        access.c.outcome == "deny",
        access.c.subject.is_not(None),
        access.c.site == console.town.site.file.id,
    )
    with console.store.reading() as connection:
        return connection.execute(query.order_by(access.c.number)).first()


def test_what_cannot_be_approved_says_why_and_keeps_what_was_typed(office: Console) -> None:
    number = asked(office)
    asker, approver = client(office, Role.ADMINISTRATOR), client(office, Role.REGISTRAR)
    text = approver.get(f"/approvals/{number}").text
    seen = seen_in(text)
    own = asker.get(f"/approvals/{number}").text
    assert "you asked for it; somebody else has to look at it" in own
    cases = [
        (asker, {"seen": seen, "why": "yes"}, "whoever asked for a change does not approve it"),
        (approver, {"seen": seen, "why": " "}, "no reason given"),
        (approver, {"seen": "other", "why": "typed words"}, "was changed meanwhile"),
        (approver, {"seen": seen, "why": "typed words", "without": "x"}, "is no number of a line"),
        (approver, {"seen": seen, "why": "typed words", "without": "99"}, "there is no line 99"),
    ]
    for who_tries, form, says in cases:
        answer = who_tries.post(f"/approvals/{number}/approve", data=form)
        assert answer.status_code == 422
        assert says in answer.text
        assert "Nothing was done." in answer.text
        assert form["why"] != "typed words" or who_tries is not approver or "typed words" in answer.text
    assert red_ones(office) == []
    operator = client(office, Role.OPERATOR)
    assert operator.post(f"/approvals/{number}/approve", data={"seen": seen, "why": "x"}).status_code == 404
    assert approver.post(f"/approvals/{number}/send-back", data={"why": "which list?"}).status_code == 303
    assert "Sent back" in approver.get(f"/approvals/{number}").text
    second = asked(office)
    assert asker.post(f"/approvals/{second}/withdraw", data={"why": "a wrong list"}).status_code == 303
    again = approver.post(f"/approvals/{second}/approve", data={"seen": seen, "why": "yes"})
    assert "was withdrawn by administrator" in again.text


def test_a_database_that_fails_in_the_middle_leaves_nothing_half_done(office: Console) -> None:
    number = asked(office)
    approver = client(office, Role.REGISTRAR)
    form = {"seen": seen_in(approver.get(f"/approvals/{number}").text), "why": "checked"}
    with office.store.writing() as connection:  # what an approval writes last
        connection.execute(sa.text("ALTER TABLE audit_entry RENAME TO away"))
    failed = approver.post(f"/approvals/{number}/approve", data=form)
    assert failed.status_code == 503
    assert "audit_entry" not in failed.text
    with office.store.writing() as connection:
        connection.execute(sa.text("ALTER TABLE away RENAME TO audit_entry"))
    assert red_ones(office) == []
    assert approver.post(f"/approvals/{number}/approve", data=form).status_code == 303
    assert len(red_ones(office)) == 6


# --- policies ------------------------------------------------------------------------------------


def test_a_policy_is_checked_told_by_meaning_and_waits(office: Console) -> None:
    site = office.town.site.file.id
    asker, approver = client(office, Role.ADMINISTRATOR), client(office, Role.REGISTRAR)
    for text, says in (
        ("[stale\n", "not TOML"),
        ("\nunheard_of = 1\n", "line 2"),
        ("[temperature]\nlimit = 'warm'\n", "line 2"),
    ):
        answer = asker.post(f"/policy/{site}/check", data={"text": text})
        assert answer.status_code == 422
        assert says in answer.text
        assert text.strip()[:20] in answer.text.replace("&#39;", "'"), "what was typed is kept"
    upload = {"file": ("policy.toml", b"\xef\xbb\xbf" + POLICY.encode(), "text/plain")}
    checked = asker.post(f"/policy/{site}/check", files=upload)
    assert checked.status_code == 200
    assert "<code>stale.degrade_after</code>" in checked.text
    assert "<ins>86400</ins>" in checked.text
    assert asker.post(f"/policy/{site}/check", data={"text": "#\n" * 400_000}).status_code == 413
    long = POLICY + "# a remark\n" * 10_000
    assert asker.post(f"/policy/{site}/check", data={"text": long}).status_code == 200
    made = asker.post(f"/policy/{site}", data={"text": POLICY.replace("\n", "\r\n"), "why": "a cold week"})
    assert made.status_code == 303
    page = approver.get(made.headers["location"]).text
    assert "Policy of" in page
    form = {"seen": seen_in(page), "why": "checked"}
    assert approver.post(f"{made.headers['location']}/approve", data=form).status_code == 303
    with office.store.reading() as connection:
        kept = kept_policy(connection, site)
    assert kept is not None
    assert (kept.text, kept.approved_by) == (POLICY, f"registrar {office.town.street}")
    assert "a cold week" in approver.get(f"/policy/{site}?number=1").text
    assert approver.get(f"/policy/{site}?number=7").status_code == 404
    assert approver.post(f"/policy/{site}", data={"text": "", "why": "x"}).status_code == 404


# --- publishing ----------------------------------------------------------------------------------


class Told:
    """The announcer of a process that publishes, in a test: counts how often it is told."""

    def __init__(self) -> None:
        self.times = 0

    def notice(self) -> None:
        self.times += 1


@pytest.fixture
def publishing(store: Store, tmp_path: Path) -> Iterator[tuple[Desk, httpx.Client, Told]]:
    desk, told = Desk(tmp_path, store), Told()
    hired(store, None)
    now = int(desk.now.timestamp() * 1_000_000)
    services = Services(store, lambda: now, section=desk.section, publisher=told)
    with served(console_app(services, who=who, laid=laid())) as address:
        cookies = {"actor": "administrator."}
        headers = {**OURS, "accept-language": "en"}
        with httpx.Client(
            base_url=address, headers=headers, cookies=cookies, timeout=PATIENT, verify=NO_TLS
        ) as opened:
            yield desk, opened, told


def test_an_employers_page_asks_for_what_the_policy_that_counts_lacks(
    publishing: tuple[Desk, httpx.Client, Told],
) -> None:
    """Not the one in the site's folder: it is where a site began."""
    desk, opened, _ = publishing
    now = int(desk.now.timestamp() * 1_000_000)
    with desk.store.writing() as connection:
        boss = who_is(Role.ADMINISTRATOR, None)
        number = make_employer(connection, boss, SITE, "Works", [], now + 86_400_000_000, now)
        keep_policy(connection, SITE, KeptPolicy(1, TOML, 1, "policy.toml", "", ""))
    rule = f'id = "{group_of(number)}"'
    assert rule in html.unescape(opened.get(f"/employers/{number}").text)
    ruled = f'{TOML}\n[[access]]\nid = "works"\ngroups = ["{group_of(number)}"]\n'
    with desk.store.writing() as connection:
        keep_policy(connection, SITE, KeptPolicy(2, ruled, 2, "wang", "chen", "they work here"))
    assert rule not in html.unescape(opened.get(f"/employers/{number}").text)


def test_a_version_is_published_from_its_page(publishing: tuple[Desk, httpx.Client, Told]) -> None:
    desk, opened, told = publishing
    with desk.store.writing() as connection:
        changes = [PutSubject(SITE, Subject("ann")), PutSubject(SITE, Subject("bo"))]
        actor = who_is(Role.ADMINISTRATOR, None)
        submit(connection, actor, changes, why="new here", now=1, limits=ChangesSection())
    assert "2 records" in opened.get(f"/publish/{SITE}").text
    assert "<dd>2</dd>" in re.sub(r"\s+", "", opened.get(f"/publish/{SITE}/next").text)
    assert opened.post(f"/publish/{SITE}").status_code == 303
    assert (desk.publisher.newest(SITE), told.times) == (1, 1)
    page = opened.get(f"/publish/{SITE}").text
    assert "Nothing was changed since" in page
    assert "was never heard" in page
    with desk.store.writing() as connection:
        submit(
            connection,
            who_is(Role.ADMINISTRATOR, None),
            [RevokeSubject(SITE, "ann")],
            why="lost",
            now=1,
            limits=ChangesSection(),
        )
    assert "A revocation waits to be signed" in opened.get(f"/publish/{SITE}").text
    assert opened.post(f"/publish/{SITE}").status_code == 303
    page = opened.get(f"/publish/{SITE}").text
    assert "Revoked at once" in page
    assert "0 / 2" in page, "no gate has confirmed yet"
    (desk.section.sites / SITE / "policy.toml").write_text("mode = [")
    refused = opened.post(f"/publish/{SITE}")
    assert refused.status_code == 422
    assert "Nothing was published." in refused.text
    assert "policy.toml" in refused.text


def test_what_would_be_taken_back_is_listed_and_accepted_in_its_place(
    publishing: tuple[Desk, httpx.Client, Told],
) -> None:
    desk, opened, _ = publishing
    desk.put(Subject("ann", status=RED))
    with desk.store.writing() as connection:
        submit(
            connection,
            who_is(Role.ADMINISTRATOR, None),
            [SetStatus(SITE, "ann", RED)],
            why="x",
            now=1,
            limits=ChangesSection(),
        )
    assert opened.post(f"/publish/{SITE}").status_code == 303
    desk.put(Subject("ann"))
    refused = opened.post(f"/publish/{SITE}")
    assert refused.status_code == 422
    found = re.search(r'name="accept" value="([0-9a-f]+)"', refused.text)
    assert found is not None
    assert "ann: status" in refused.text
    assert opened.post(f"/publish/{SITE}", data={"accept": found[1]}).status_code == 303
    assert desk.publisher.newest(SITE) == 2


def test_a_process_that_does_not_publish_says_so(office: Console) -> None:
    site = office.town.site.file.id
    opened = client(office, Role.REGISTRAR)
    assert "Publish now: this process has no [registry]" in opened.get(f"/publish/{site}").text
    assert opened.post(f"/publish/{site}").status_code == 422
    auditor = client(office, Role.AUDITOR)
    assert "your role does not publish here" in auditor.get(f"/publish/{site}").text


# --- appeals -------------------------------------------------------------------------------------


def test_the_public_page_answers_the_same_whatever_belongs_together(
    office: Console,
) -> None:
    denied = a_denial(office)
    nobody = office.client(None)
    nobody.headers["accept-language"] = "en"
    right = {"reference": f"{denied.device}-{denied.sequence}", "identity": denied.subject, "question": "?"}
    wrong = [
        right | {"identity": "somebody"},
        right | {"reference": "x-1"},
        right | {"reference": "nonsense"},
    ]
    answers = {nobody.post("/appeals/ask", data=form).text for form in (right, *wrong, right)}
    assert len(answers) == 1
    with office.store.reading() as connection:
        assert len(appeals(connection, EVERYWHERE, is_open=True)) == 1
    often = nobody.post("/appeals/ask", data=right)
    assert often.status_code == 429
    assert "wait ten minutes" in often.text


def test_a_status_is_corrected_with_the_appeal_named(office: Console) -> None:
    site, person = office.town.site.file.id, office.town.person.id
    opened = client(office, Role.REGISTRAR)
    empty = opened.post(f"/appeals/of/{site}/{person}", data={"question": " "})
    assert (empty.status_code, "nothing is written" in empty.text) == (422, True)
    made = opened.post(f"/appeals/of/{site}/{person}", data={"question": "<b>why</b>?"})
    address = made.headers["location"]
    assert "&lt;b&gt;why" in opened.get(address).text
    assert "Take it" in opened.get(address).text
    assert opened.post(f"{address}/take").status_code == 303
    assert "Take it" not in opened.get(address).text, "it is taken, and the record is open"
    assert opened.post(f"{address}/forward", data={"text": "to the clinic"}).status_code == 303
    assert "Forwarded to the source" in opened.get(address).text
    lacking = opened.post(f"{address}/correct", data={"value": "green"})
    assert "a status needs its source" in lacking.text
    form = {"value": "yellow", "source": "clinic", "rule": "second test", "reason": "as shown"}
    assert opened.post(f"{address}/correct", data=form).status_code == 303
    assert "Status corrected" in opened.get(address).text
    with office.store.reading() as connection:
        newest = status_history(connection, site, person)[-1]
        [found] = appeals(connection, EVERYWHERE, is_open=False)
    assert (newest.record.value, newest.record.source) == (Status.YELLOW, "clinic")
    assert found.state is AppealState.CORRECTED
    late = opened.post(f"{address}/answer", data={"text": "too late"})
    assert "is corrected already" in late.text
    assert opened.get("/appeals/4711").status_code == 404
