"""The pages that say why: of one decision, and of a person at every gate."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest
import sqlalchemy as sa

from edge.decision import Reason
from sync.central.accesses.tables import access
from sync.central.accounts.actor import Actor, Via
from sync.central.accounts.core.roles import Role, RoleGrant
from sync.central.explain.explaining import explain
from sync.central.people.core.purposes import Grounds, Purpose
from sync.central.people.looks import open_look
from sync.central.places.sight import EVERYWHERE
from sync.central.tables import archived_record, archived_version, chain
from tests.examples import LONG, few
from tests.sync.central.web.conftest import Console


def decision(console: Console, **wanted: object) -> tuple[str, str, str | None]:
    """The address of a decision of the first site that is as wanted, its device, and whom it names."""
    query = (
        sa.select(access.c.device, chain.c.epoch, access.c.sequence, access.c.subject)
        .join(chain, chain.c.number == access.c.chain)
        .where(access.c.site == console.town.site.file.id)
        .where(*(access.c[name] == value for name, value in wanted.items()))
        .limit(1)
    )
    with console.store.reading() as connection:
        row = connection.execute(query).one()
    return f"/accesses/{row.device}/{row.epoch.hex()}/{row.sequence}/explain", row.device, row.subject


def looks(console: Console, site: str, subject: str, role: Role = Role.ADMINISTRATOR) -> None:
    """The one who is signed in opens the person's record."""
    actor = Actor(1 + list(Role).index(role), role.value, (RoleGrant(role, None),), Via.SESSION)
    grounds = Grounds(Purpose.APPEAL, "A-1182", "asked about a red code")
    with console.store.writing() as connection:
        open_look(connection, actor, site, subject, grounds, console.town.now)


def reader(console: Console, role: Role = Role.ADMINISTRATOR) -> httpx.Client:
    """Somebody who is signed in and reads English."""
    client = console.client(role)
    client.headers["accept-language"] = "en"
    return client


def text_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text[:300]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


@pytest.mark.longer
def test_every_decision_of_the_town_is_the_same_when_it_is_made_again(console: Console) -> None:
    query = sa.select(access.c.device, access.c.sequence, chain.c.epoch).join(
        chain, chain.c.number == access.c.chain
    )
    with console.store.reading() as connection:
        rows = few(connection.execute(query).all(), 60)
        found = [explain(connection, EVERYWHERE, row.device, row.epoch, row.sequence) for row in rows]
    assert len(found) >= (100 if LONG else 60)
    assert all(item.is_same and not item.gaps for item in found)


def test_a_denial_is_explained_and_the_person_stays_hidden_without_a_look(console: Console) -> None:
    address, _, subject = decision(console, reason=Reason.STATUS_RED.value, direction="entry")
    assert subject is not None
    site = console.town.site
    [person] = [item for item in site.people if item.id == subject]
    client = reader(console)
    hidden = text_of(client.get(address))
    assert "Replay gives the same." in hidden
    assert "statuses.red.entry" in hidden
    assert "in the other direction" in hidden
    assert "not shown" in hidden
    assert person.status is not None
    for secret in (person.name, person.status.reason, f"{subject}, known"):
        assert secret not in hidden
    looks(console, site.file.id, subject)
    open_ = text_of(client.get(address))
    assert person.status.source in open_
    assert f"{subject}, known" in open_
    assert "not shown" not in open_
    shown = client.get(address).text
    [taken] = re.findall(r'href="(/appeals/of/[^"]+)"', shown)
    assert client.get(unescape(taken)).status_code == 200
    [asked] = re.findall(r'href="(/appeals/ask[?][^"]+)"', shown)
    assert client.get(unescape(asked)).status_code == 200
    of_another = text_of(reader(console, Role.REGISTRAR).get(address))
    assert f"{subject}, known" not in of_another, "a look is one's own"


def test_it_says_what_is_missing_and_guesses_nothing(console: Console) -> None:
    address, _, _ = decision(console, outcome="grant")
    with console.store.writing() as connection:
        connection.execute(sa.delete(archived_record))
        connection.execute(sa.delete(archived_version))
    said = text_of(reader(console).get(address))
    assert "It cannot be decided again." in said
    assert "Nothing is kept of what was published." in said
    assert "no objection" not in said


@pytest.mark.parametrize(
    "address",
    [
        "/accesses/nobody/00/1/explain",
        "/accesses/{device}/zz/1/explain",
        "/accesses/{device}/{epoch}/1/explain",
        "/accesses/{device}/{epoch}/999999/explain",
        "/people/nowhere/x/can-pass",
    ],
)
def test_what_is_no_decision_or_not_there_is_not_there(read_console: Console, address: str) -> None:
    gate = read_console.town.gate
    path = address.format(device=gate.device, epoch=gate.epoch.hex())
    assert reader(read_console).get(path).status_code == 404


def test_whether_a_person_can_pass_is_shown_for_each_gate_then_and_now(console: Console) -> None:
    site = console.town.site
    address = f"/people/{site.file.id}/{site.people[0].id}/can-pass"
    client = reader(console)
    assert "Open the record" in text_of(client.get(address))
    looks(console, site.file.id, site.people[0].id)
    now = text_of(client.get(address))
    assert "Can they pass now?" in now
    for gate in site.gates:
        assert gate in now
    assert "Granted" in now
    then = text_of(client.get(address, params={"at": "2026-03-03T07:30"}))
    assert "Could they pass then?" in then
    assert "Granted" in then
    before = text_of(client.get(address, params={"at": "2025-03-03T07:30"}))
    assert "The rules of that time are not kept here." in before
    assert client.get(address, params={"at": "yesterday"}).status_code == 422
    assert reader(console, Role.AUDITOR).get(address).status_code in {200, 404}
    part = client.get(address, headers={"hx-request-type": "partial"})
    assert "<html" not in part.text
    assert "can-pass" in part.text
