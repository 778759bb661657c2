"""The registrar's page of what gates ask for: accepted into the record, or refused with a reason."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from edge.registry_requests import (
    Choice,
    EnrolmentRequest,
    RequestKind,
)
from sync.central.accounts.core.roles import Role
from sync.central.enrolments.requests import keep, request_at
from sync.central.people.subjects import template_count
from tests.edge.web.judging import judged
from tests.sync.central.web.conftest import Console


def asks(console: Console, number: int, kind: RequestKind = RequestKind.ENROL, **more: Any) -> str:
    """A request of the street's first gate about its person; its id in hexadecimal."""
    town = console.town
    asked = EnrolmentRequest(
        bytes([number] * 16),
        kind,
        town.now,
        town.person.id,
        "wang",
        town.person.version,
        "sface",
        (b"one", b"two") if kind is RequestKind.ENROL else (),
        "2026-11",
        digest=bytes(32),
        **more,
    )
    with console.store.writing() as connection:
        keep(connection, town.site.file.id, town.gate.device, town.gate.gate, asked, town.now)
    return asked.id.hex()


def registrar(console: Console) -> httpx.Client:
    made = console.client(Role.REGISTRAR, console.town.street)
    made.headers["accept-language"] = "en"
    return made


def templates(console: Console) -> int:
    with console.store.reading() as connection:
        return template_count(connection, console.town.site.file.id, console.town.person.id)


def test_a_registrar_accepts_an_enrolment_and_refuses_another_with_a_reason(console: Console) -> None:
    first, second = asks(console, 1), asks(console, 2, guardian=True)
    client = registrar(console)
    page = client.get("/enrolments").text
    assert all(said in page for said in ("text 2026-11, signed", "by a guardian", "wang"))
    assert client.post(f"/enrolments/{first}/accept").headers["location"] == "/enrolments"
    assert templates(console) == 2
    assert client.post(f"/enrolments/{second}/refuse", data={"why": " "}).status_code == 422
    assert client.post(f"/enrolments/{second}/refuse", data={"why": "no lease"}).status_code == 303
    page = client.get("/enrolments").text
    assert all(said in page for said in ("No requests wait", "accepted", "no lease"))
    with console.store.reading() as connection:
        refused = request_at(connection, bytes.fromhex(second))
    assert refused is not None
    assert (refused.reason, refused.templates) == ("no lease", ())


def test_two_records_of_one_person_are_looked_at_and_nothing_is_accepted(console: Console) -> None:
    other = console.town.site.people[1].id
    number = asks(console, 3, RequestKind.JOIN, alike=other, choice=Choice.SAME_PERSON)
    client = registrar(console)
    page = client.get("/enrolments").text
    assert (other in page, "the same person" in page, f"/{number}/accept" in page) == (True, True, False)
    assert client.post(f"/enrolments/{number}/accept").status_code == 422


@pytest.mark.parametrize("address", ["/enrolments/zz/accept", f"/enrolments/{'00' * 16}/accept"])
def test_a_request_that_there_is_not_is_not_found(console: Console, address: str) -> None:
    assert registrar(console).post(address).status_code == 404


def test_the_page_has_no_serious_finding(console: Console, browser: Any) -> None:
    asks(console, 4)
    page = console.page(browser, Role.REGISTRAR, console.town.street)
    page.goto("/enrolments")
    assert not judged(page, ((390, "dark"), (1280, "light")))
