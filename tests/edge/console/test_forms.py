"""No form loses what somebody typed into it, whatever went wrong; and no page shows a secret again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from html import unescape
from pathlib import Path

import httpx
import pytest
from annotated_types import MaxLen
from fastapi import FastAPI
from fastapi._compat import ModelField
from fastapi.routing import APIRoute

import edge.console.app as app_module
import edge.web.errors as errors_module
from edge.configuration import ConsoleSection
from edge.console.app import console_app
from edge.console.gate_link import GateLink
from edge.console.limiting import BrowserRates
from edge.console.running import wall
from edge.console.services import services_for
from edge.console.visit import visit_of
from edge.web.errors import NOBODY_TYPED, SECRETS
from edge.web.server import ListenAddress, PageServer
from tests.edge.console.staffed_gate import GUARD, MANAGER, OURS, StaffedGate, cookies_of
from tests.edge.web.serving import NO_TLS
from tests.waiting import PATIENT

TEMPLATES = [Path(module.__file__ or "").with_name("templates") for module in (app_module, errors_module)]
CHOSEN = {"known", "reason"}  # of a list, which stays; by a tap
TYPED = "<i>李 & Sons</i>"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """A console whose gate is away: it can do nothing of what is asked."""
    section = ConsoleSection(listen="http://127.0.0.1:0", language="en")
    away = GateLink(tmp_path_factory.mktemp("away") / "away.sock")
    services = services_for(away, wall, section, "East gate", None)
    return console_app(services, bounds=BrowserRates(("9999/second",), ("9999/second",)))


@pytest.fixture(scope="module")
def console(app: FastAPI) -> Iterator[httpx.Client]:
    listen = ListenAddress("127.0.0.1", 0, "[console] listen")
    with (
        PageServer(app, listen, app.state.services.pulse) as server,
        httpx.Client(
            base_url=server.address, headers=OURS, cookies=cookies_of(GUARD), verify=NO_TLS, timeout=PATIENT
        ) as client,
    ):
        yield client


def filled(route: APIRoute) -> tuple[dict[str, str], list[str]]:
    """A form with something in each field, and what of it somebody typed."""
    form, typed = {}, []
    for number, field in enumerate(route.dependant.body_params):
        kind = field.field_info.annotation
        if kind is str:
            form[field.alias] = f"{TYPED} {number}"
            if field.alias not in SECRETS | NOBODY_TYPED | CHOSEN:
                typed.append(form[field.alias])
        elif isinstance(kind, type) and issubclass(kind, Enum):
            form[field.alias] = str(next(iter(kind)).value)
        else:
            form[field.alias] = "1"
    return form, typed


def is_bounded(field: ModelField) -> bool:
    return any(isinstance(bound, MaxLen) and bound.max_length < 2000 for bound in field.field_info.metadata)


def forms_of(app: FastAPI) -> list[APIRoute]:
    routes = [
        route for route in app.routes if isinstance(route, APIRoute) and "POST" in (route.methods or ())
    ]
    return [route for route in routes if filled(route)[1] and "language" not in route.path]


def address_of(route: APIRoute) -> str:
    return re.sub(r"\{[^}]*\}", "1", route.path)


def test_what_the_gate_did_not_do_is_there_to_be_read_again(app: FastAPI, console: httpx.Client) -> None:
    asked = set()
    for route in forms_of(app):
        form, typed = filled(route)
        answer = console.post(address_of(route), data=form)
        assert answer.status_code == 503, (route.path, answer.status_code)
        text = unescape(answer.text)
        assert [one for one in typed if one not in text] == [], route.path
        assert all(form[name] not in text for name in form.keys() & SECRETS), route.path
        asked.add(route.path)
    assert {"/staff/add", "/visitors", "/faults", "/override", "/enrol/consent", "/sign-in"} <= asked


def test_what_cannot_be_read_is_there_to_be_mended(
    app: FastAPI, console: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One field is too long: what stands in the others is not lost."""
    monkeypatch.setitem(app.dependency_overrides, visit_of, lambda: None)  # the gate is away: nobody is asked
    asked = 0
    for route in forms_of(app):
        form, typed = filled(route)
        bounded = [field.alias for field in route.dependant.body_params if is_bounded(field)]
        if not bounded or len(form) < 2:
            continue
        long = bounded[0]
        answer = console.post(address_of(route), data=form | {long: "x" * 2000})
        text = unescape(answer.text)
        assert answer.status_code == 422, (route.path, answer.status_code)
        assert [one for one in typed if one != form[long] and one not in text] == [], route.path
        assert all(form[name] not in text for name in form.keys() & SECRETS - {long}), route.path
        asked += 1
    assert asked > 5


def test_every_field_for_a_secret_is_known_as_one() -> None:
    macros = r'pin_field\("\w+", _\("[^"]*"\), "(\w+)"\)'
    pages = [page.read_text() for folder in TEMPLATES for page in folder.rglob("*.html")]
    inputs = [tag for page in pages for tag in re.findall(r"<input[^>]*>", page)]
    secret = [tag for tag in inputs if 'type="password"' in tag or "one-time-code" in tag]
    named = {name for tag in secret for name in re.findall(r' name="(\w+)"', tag)}
    named |= {name for page in pages for name in re.findall(macros, page)}
    assert {"pin", "old", "new", "again", "duress"} <= named <= SECRETS


def test_a_session_that_ended_shows_no_pin(gate_and_console: StaffedGate) -> None:
    client = gate_and_console.client()
    client.cookies.delete("gatepost")
    answer = client.post("/own/pin", data={"old": "806942", "new": "519364", "again": "519364"})
    assert answer.status_code == 401
    assert "806942" not in answer.text
    assert "519364" not in answer.text


@pytest.mark.parametrize(
    ("staff", "said"), [("Not An Id!", "look at the form again"), (GUARD.staff, "another")]
)
def test_a_new_account_that_does_not_fit_stays_in_its_form(
    gate_and_console: StaffedGate, staff: str, said: str
) -> None:
    manager = gate_and_console.client(MANAGER)
    form = {"staff": staff, "name": TYPED, "role": "manager", "registrar": "true"}
    answer = manager.post("/staff/add", data=form)
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert said in text
    assert f'value="{staff}" aria-invalid="true"' in text
    assert f'value="{TYPED}"' in text
    form_there = text[text.index('action="/staff/add"') :]
    assert '<option value="manager" selected>' in form_there
    assert 'name="registrar" value="true" checked' in form_there
