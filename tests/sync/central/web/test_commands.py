"""Commands in the console: asked for in place with a reason, their verdicts where they were asked for."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from sync.central.accounts.core.roles import Role
from sync.central.commands.requests import commands_of
from sync.central.places.sight import EVERYWHERE
from sync.central.reported.tables import command_request
from tests.sync.central.web.conftest import Console


def answered(console: Console, state: str, outcome: str | None = None, text: str = "") -> None:
    with console.store.writing() as connection:
        told = {"state": state, "outcome": outcome, "text": text, "answered_at": console.town.now}
        connection.execute(sa.update(command_request).values(told))


def test_an_operator_asks_and_the_verdict_appears(console: Console) -> None:
    device = console.town.gate.device
    address = f"/gates/{device}/commands"
    client = console.client(Role.OPERATOR, console.town.street)
    client.headers["accept-language"] = "en"
    page = client.get(address).text
    assert "Nobody has asked this gate for anything." in page
    assert page.count("data-confirm") == 6
    asked = client.post(address, data={"kind": "open_once", "why": "the parcel"})
    assert (asked.status_code, asked.headers["location"]) == (303, f"/gates/{device}#commands")
    waiting = client.get(address, params={"part": "list"}).text
    assert "Waits to be sent." in waiting
    assert "the parcel" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    answered(console, "answered", "done", "the barrier opens")
    done = client.get(address, params={"part": "list"}).text
    assert "Done" in done
    assert "the barrier opens" in done
    assert "hx-trigger" not in done, "nothing is waited for any more"
    answered(console, "answered", "late", "expired 90 s ago")
    assert "Not done: late" in client.get(address).text
    answered(console, "expired")
    assert "nothing will be" in client.get(address).text


def test_a_remote_check_is_shown_as_facts(console: Console) -> None:
    device = console.town.gate.device
    client = console.client(Role.OPERATOR, console.town.street)
    client.post(f"/gates/{device}/commands", data={"kind": "send_diagnostics", "why": "a look"})
    answered(console, "answered", "done", '{"version": "1.4.2", "<b>lane": "closed"}')
    page = client.get(f"/gates/{device}/commands").text
    assert "1.4.2" in page
    assert "<b>lane" not in page, "what a gate says is text"


def test_an_auditor_reads_and_asks_for_nothing(console: Console) -> None:
    device = console.town.gate.device
    client = console.client(Role.AUDITOR, console.town.street)
    assert "data-confirm" not in client.get(f"/gates/{device}/commands").text
    answer = client.post(f"/gates/{device}/commands", data={"kind": "open_once", "why": "x"})
    assert answer.status_code in {403, 404}
    with console.store.reading() as connection:
        assert commands_of(connection, EVERYWHERE, device) == []


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "explode", "why": "x"},
        {"kind": "open_once", "why": " "},
        {"kind": "set_mode", "argument": "open", "why": "x"},
        {"kind": "open_once"},
    ],
    ids=lambda form: " ".join(form.values()),
)
def test_what_cannot_be_is_said_and_nothing_is_asked_for(console: Console, form: dict[str, str]) -> None:
    device = console.town.gate.device
    client = console.client(Role.OPERATOR, console.town.street)
    answer = client.post(f"/gates/{device}/commands", data=form)
    assert 400 <= answer.status_code < 500
    with console.store.reading() as connection:
        assert commands_of(connection, EVERYWHERE, device) == []
