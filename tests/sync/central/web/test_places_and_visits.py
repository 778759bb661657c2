"""Pages of places, addresses and visits: stories of staff, residents and visitors."""

from __future__ import annotations

import html
import re
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from edge.admin.site_admin import init_site
from edge.lane.configuration import LaneDirection
from edge.signing.key_files import make_private_key, public_pem
from edge.support.files import make_folder
from sync.central.accounts.core.roles import Role
from sync.central.accounts.tables import account, account_grant
from sync.central.audit.tables import audit_entry
from sync.central.configuration import CentralConsoleSection, PublishingSection
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import path_of, path_text, place_at, place_tree
from sync.central.registry.section_keys import publisher_of
from sync.central.site_import import import_site_files
from sync.central.units import DAY
from sync.central.visits.core.life import VisitState
from sync.central.visits.visits import visit_at, visits_between
from sync.central.web.app import console_app
from sync.central.web.services import Services
from tests.edge.web.judging import AXE, findings
from tests.edge.web.serving import served
from tests.sync.central.web.conftest import Console, who
from tests.sync.central.web.laid import laid

SINCE, UNTIL = "2026-03-03T09:00", "2026-03-03T18:00"
ENGLISH = {"accept-language": "en"}


def noted(console: Console) -> list[str]:
    with console.store.reading() as connection:
        return list(connection.execute(sa.select(audit_entry.c.act).order_by(audit_entry.c.number)).scalars())


def told(page: str) -> list[str]:
    """What a page tells once."""
    return [html.unescape(text) for text in re.findall(r'class="told">([^<]+)<', page)]


def invite(client: httpx.Client, console: Console, **form: str) -> httpx.Response:
    usual = {"site": console.town.site.file.id, "name": "赵客", "since": SINCE, "until": UNTIL}
    return client.post("/visits/invite", data={**usual, **form}, headers=ENGLISH)


def states(console: Console) -> list[VisitState]:
    now = console.town.now
    with console.store.reading() as connection:
        return [each.life.state for each in visits_between(connection, EVERYWHERE, now - DAY, now + DAY, now)]


# --- visits ----------------------------------------------------------------------------------


def test_staff_invite_and_the_visitor_finds_where_to_go(console: Console) -> None:
    staff = console.client(Role.OPERATOR, console.town.street)
    made = invite(staff, console, name="<script>alert(1)</script>")
    [link] = told(made.text)
    assert made.status_code == 200
    page = console.client(None).get(link[link.index("/visitors/") :], headers=ENGLISH)
    assert page.status_code == 200
    assert console.town.site.file.street in page.text
    assert "18:00" in page.text
    listed = staff.get("/visits", headers=ENGLISH).text
    assert "<script>alert" not in listed + made.text
    assert "&lt;script&gt;" in listed
    assert states(console) == [VisitState.INVITED]


def test_who_has_no_phone_gets_a_number_that_is_told_once(console: Console) -> None:
    staff = console.client(Role.OPERATOR, console.town.street)
    number, link = told(invite(staff, console, by="code").text)
    assert re.fullmatch(r"\d{4} \d{4}", number)
    page = console.client(None).get(link[link.index("/visitors/") :]).text
    assert number not in page + staff.get("/visits").text
    told_at_gate = {"site": console.town.site.file.id, "number": number}
    answer = staff.post("/visits/number", data=told_at_gate, headers=ENGLISH)
    assert "赵客 may come in" in answer.text
    assert states(console) == [VisitState.ARRIVED]
    assert (
        "may go out"
        in staff.post("/visits/number", data={**told_at_gate, "direction": "exit"}, headers=ENGLISH).text
    )
    assert "as often as it may be" in staff.post("/visits/number", data=told_at_gate, headers=ENGLISH).text
    elsewhere = console.client(Role.OPERATOR, console.town.elsewhere)
    assert elsewhere.post("/visits/number", data=told_at_gate).status_code == 404
    too_long = invite(staff, console, by="code", until="2026-03-05T09:00")
    assert (too_long.status_code, "longer than 24 hours" in too_long.text) == (422, True)


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"name": " "}, 422, "needs the visitor"),
        ({"until": SINCE}, 422, "ends before it begins"),
        ({"since": "soon"}, 422, "is not a time"),
        ({"site": "river-bank"}, 404, "nothing here"),
    ],
)
def test_what_cannot_be_invites_nobody(
    console: Console, form: dict[str, str], status: int, says: str
) -> None:
    answer = invite(console.client(Role.OPERATOR, console.town.street), console, **form)
    assert (answer.status_code, says in answer.text) == (status, True)
    assert states(console) == []
    assert "invite" not in noted(console)


def test_a_visit_is_cancelled_and_it_is_said_where_its_pass_was_not_revoked(console: Console) -> None:
    staff = console.client(Role.OPERATOR, console.town.street)
    [link] = told(invite(staff, console).text)
    answer = staff.post("/visits/1/cancel", headers=ENGLISH)
    assert "was not revoked: this process does not publish" in html.unescape(answer.text)
    assert states(console) == [VisitState.CANCELLED]
    page = console.client(None).get(link[link.index("/visitors/") :], headers=ENGLISH)
    assert "This visit is over" in page.text
    assert staff.post("/visits/1/cancel").status_code == 422
    assert noted(console)[-2:] == ["invite", "cancel_visit"]


def test_a_resident_invites_by_a_link_as_often_as_it_says(console: Console) -> None:
    staff = console.client(Role.OPERATOR, console.town.street)
    form = {"site": console.town.site.file.id, "host": console.town.person.id, "visits": "1", "days": "7"}
    [link] = told(staff.post("/visits/links", data=form).text)
    path = link[link.index("/invitations/") :]
    resident = console.client(None)
    assert console.town.person.name not in resident.get(path).text, "a link that is passed on tells no name"
    asked = {"name": "赵客", "since": SINCE, "until": UNTIL}
    [page] = told(resident.post(path, data=asked).text)
    assert resident.get(page[page.index("/visitors/") :]).status_code == 200
    again = resident.post(path, data=asked, headers=ENGLISH)
    assert (again.status_code, "all the visits" in again.text) == (422, True)
    assert "invites nobody any more" in resident.get(path, headers=ENGLISH).text
    assert states(console) == [VisitState.INVITED]
    for guessed in ("/invitations/guessed", "/visitors/guessed", f"/invitations/{'x' * 500}"):
        assert resident.get(guessed).status_code == 404
    assert resident.post("/invitations/guessed", data=asked).status_code == 404


def test_a_withdrawn_link_invites_nobody(console: Console) -> None:
    staff = console.client(Role.OPERATOR, console.town.street)
    form = {"site": console.town.site.file.id, "host": console.town.person.id, "visits": "5", "days": "7"}
    [link] = told(staff.post("/visits/links", data=form).text)
    assert staff.post("/visits/links/1/withdraw").status_code == 303
    path = link[link.index("/invitations/") :]
    asked = {"name": "赵客", "since": SINCE, "until": UNTIL}
    assert console.client(None).post(path, data=asked).status_code == 422
    assert states(console) == []


def test_the_visitors_page_has_the_code_on_a_phone(console: Console, browser: Any, tmp_path: Path) -> None:
    key = make_private_key(tmp_path / "passes.key")
    place = tmp_path / "sites" / console.town.site.file.id
    place.mkdir(parents=True)
    (place / "passes.pub").write_bytes(public_pem(key.public_key()))
    none, signing = tmp_path / "none", tmp_path / "passes.key"
    section = PublishingSection(none, tmp_path / "sites", none, none, none, none, pass_key=signing)
    services = Services(console.store, lambda: console.town.now, CentralConsoleSection(), section)
    with served(console_app(services, who=who, laid=laid())) as address, ExitStack() as opened:
        publishing = Console(address, console.store, console.town, opened)
        [link] = told(invite(publishing.client(Role.OPERATOR, console.town.street), publishing).text)
        page = publishing.page(browser, None, locale="zh-CN", viewport={"width": 360, "height": 740})
        page.goto(link[link.index("/visitors/") :])
        assert page.locator(".visitor-pass svg").bounding_box()["width"] > 250
        assert "出示此码" in page.inner_text("main")
        page.evaluate(AXE)
        assert findings(page) == []


def test_a_cancelled_visits_pass_is_refused_by_the_gates_at_once(console: Console, tmp_path: Path) -> None:
    site, centre = console.town.site.file, tmp_path / "centre"
    admin = init_site(tmp_path / "site", site, {"main": LaneDirection.BOTH}, datetime.now(UTC))
    make_folder(centre)
    import_site_files(centre, admin)
    keys = (centre / name for name in ("root.pub", "roots", "registry.key", "policy.key"))
    root_key, roots, registry_key, policy_key = keys
    section = PublishingSection(
        *(centre / "published", centre / "sites", root_key, roots, registry_key, policy_key),
        pass_key=admin.folder / "keys" / "pass.key",
    )
    services = Services(console.store, lambda: console.town.now, CentralConsoleSection(), section)
    with served(console_app(services, who=who, laid=laid())) as address, ExitStack() as opened:
        publishing = Console(address, console.store, console.town, opened)
        staff = publishing.client(Role.OPERATOR, console.town.street)
        [link] = told(invite(staff, publishing).text)
        page = publishing.client(None).get(link[link.index("/visitors/") :])
        assert 'class="ink"' in page.text, "the site's own key for passes is trusted by its gates"
        assert publisher_of(section).revoked(site.id) is None
        answer = staff.post("/visits/1/cancel", headers=ENGLISH)
    assert "the gates refuse its pass" in answer.text
    with console.store.reading() as connection:
        held = visit_at(connection, EVERYWHERE, 1, console.town.now)
    revoked = publisher_of(section).revoked(site.id)
    assert revoked is not None
    assert held.pass_id in revoked.passes


# --- places ----------------------------------------------------------------------------------


def path_at(console: Console, place: int) -> str:
    with console.store.reading() as connection:
        return path_text(path_of(connection, place))


def number_of(console: Console, path: str) -> int:
    with console.store.reading() as connection:
        return place_at(connection, path)


def test_an_administrator_of_a_street_changes_what_lies_in_it(console: Console) -> None:
    street, client = console.town.street, console.client(Role.ADMINISTRATOR, console.town.street)
    made = client.post(
        "/places/manage/create", data={"level": "community", "name": "新 社区", "parent": str(street)}
    )
    number = int(made.headers["location"].partition("=")[2])
    client.post(f"/places/manage/{number}/set", data={"name": "新社区", "code": "420102"})
    site = number_of(console, "central-market")
    wrong = client.post(f"/places/manage/{number}/set", data={"name": "新社区", "position": "first"})
    assert "次序：填的是 &#39;first&#39;，应为数字" in wrong.text
    client.post(f"/places/manage/{number}/set", data={"name": "新社区", "code": "420102", "position": "3"})
    assert re.search(r'id="position"[^>]* value="3"', client.get(f"/places/manage?place={number}").text)
    client.post(f"/places/manage/{site}/move", data={"parent": str(number)})
    assert path_at(console, site).startswith(f"{path_at(console, street)}/新社区/")
    assert client.post(f"/places/manage/{number}/remove").status_code == 422, "it holds a site"
    assert noted(console)[-4:] == ["create_place", "change_place", "change_place", "move_place"]
    assert "新社区" in client.get(f"/places/manage?place={number}").text


def test_nobody_reaches_beyond_their_own_sight(console: Console) -> None:
    client = console.client(Role.ADMINISTRATOR, console.town.street)
    with console.store.reading() as connection:
        before = place_tree(connection, EVERYWHERE)
    other, city = (
        console.town.elsewhere,
        number_of(console, path_at(console, console.town.street).split("/")[0]),
    )
    for path, form, status in (
        ("create", {"level": "city", "name": "x", "parent": ""}, 422),
        ("create", {"level": "community", "name": "x", "parent": str(other)}, 404),
        (f"{other}/set", {"name": "x"}, 404),
        (f"{other}/remove", {}, 404),
        (f"{city}/set", {"name": "x"}, 404),
        (f"{number_of(console, 'central-market')}/move", {"parent": str(other)}, 404),
        (f"{number_of(console, 'central-market')}/move", {"parent": ""}, 422),
    ):
        assert client.post(f"/places/manage/{path}", data=form).status_code == status, path
    assert client.get(f"/places/manage?place={other}").status_code == 404
    with console.store.reading() as connection:
        assert place_tree(connection, EVERYWHERE) == before


def test_a_move_says_whose_sight_it_changes_before_anything_is_moved(console: Console) -> None:
    street, elsewhere = console.town.street, console.town.elsewhere
    with console.store.writing() as connection:
        for number, (name, place) in enumerate((("王一", street), ("王二", elsewhere)), start=70):
            values = {"number": number, "name": f"a{number}", "display": name, "handle": name.encode()}
            connection.execute(sa.insert(account).values(**values, made_at=0))
            connection.execute(
                sa.insert(account_grant).values(account=number, role="operator", place=place, at=0)
            )
    client, site = console.client(Role.ADMINISTRATOR), number_of(console, "central-market")
    asked = client.post(f"/places/manage/{site}/move", data={"parent": str(elsewhere)}, headers=ENGLISH)
    assert re.search(r"No longer see it.*王一.*See it from then on.*王二", asked.text, re.DOTALL)
    assert path_at(console, site).startswith(path_at(console, street))
    sure = {"parent": str(elsewhere), "sure": "true"}
    assert client.post(f"/places/manage/{site}/move", data=sure).status_code == 303
    assert path_at(console, site).startswith(path_at(console, elsewhere))
    refused = client.post(f"/places/manage/{street}/remove", headers=ENGLISH)
    assert (refused.status_code, "there are roles at this place: 王一" in refused.text) == (422, True)


# --- addresses -------------------------------------------------------------------------------


def test_a_table_is_tried_and_then_imported(console: Console) -> None:
    client = console.client(Role.REGISTRAR, console.town.street)
    table = ("房间.csv", "building,unit,room\n3号楼,2,301\n3,2,<b>李\n".encode("gbk"))

    def send(how: str) -> httpx.Response:
        form = {"site": "central-market", "how": how}
        return client.post("/addresses/import", data=form, files={"table": table}, headers=ENGLISH)

    tried = send("try")
    assert "Nothing has been changed yet" in tried.text
    assert "1 line is wrong" in tried.text
    assert "<b>李" not in tried.text
    refused = send("all")
    assert (refused.status_code, "line 3, column room" in refused.text) == (422, True)
    assert "3/2/301" not in client.get("/addresses?site=central-market").text
    assert "3 codes imported" in send("right").text
    assert "3/2/301" in client.get("/addresses?site=central-market&within=3/2/").text
    assert noted(console)[-1] == "import_addresses"
    assert client.get("/addresses?site=river-bank").status_code == 404
