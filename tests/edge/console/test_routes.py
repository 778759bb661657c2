"""Every route has a right, and is asked by each role: those who may are answered, nobody else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Mount, Route

import edge.console.app as app_module
from edge.console.app import console_app
from edge.console.pages import ALL_PAGES
from edge.staff.core.roles import Right, rights_of
from edge.web.routes import PUBLIC, Public
from tests.edge.console.addresses import ADDRESSES, ASKED_ELSEWHERE, PUBLIC_PAGES
from tests.edge.console.staffed_gate import MEMBERS, StaffedGate

TEMPLATES = Path(app_module.__file__).with_name("templates")
DECLARED = [route for pages in ALL_PAGES for route in pages]
GUARDED = [route for route in DECLARED if not isinstance(route.right, Public)]


def test_no_form_puts_what_is_typed_into_an_address() -> None:
    """A tablet is shared, and its browser keeps addresses: whatever has a field is posted."""
    forms = [
        (template.name, form)
        for template in TEMPLATES.rglob("*.html")
        for form in re.findall(r"<form\b[^>]*>", template.read_text())
    ]
    assert forms
    assert [(name, form) for name, form in forms if 'method="post"' not in form] == []


def test_every_route_of_the_application_is_declared(gate_and_console: StaffedGate) -> None:
    assert gate_and_console.services is not None
    app = console_app(gate_and_console.services)
    found = set()
    for route in app.routes:
        if not isinstance(route, Mount):
            assert isinstance(route, Route)
            found |= {(method, route.path) for method in route.methods or () if method != "HEAD"}
    assert found == {(route.method, route.path) for route in DECLARED}


def test_no_route_is_declared_twice() -> None:
    declared = [(route.method, route.path) for route in DECLARED]
    assert len(declared) == len(set(declared))


def test_every_route_asks_for_a_right_or_is_known_to_be_for_everybody() -> None:
    assert all(isinstance(route.right, (Right, Public)) for route in DECLARED)
    assert {(route.method, route.path) for route in DECLARED if route.right == PUBLIC} == PUBLIC_PAGES


def test_every_route_with_parameters_has_an_address_here() -> None:
    needed = {(route.method, route.path) for route in GUARDED if "{" in route.path}
    assert needed <= ADDRESSES.keys(), "say in tests/edge/console/addresses.py where it leads"


@pytest.mark.parametrize("kind", [None, *MEMBERS])
def test_each_route_answers_those_alone_who_have_its_right(
    gate_and_console: StaffedGate, kind: str | None
) -> None:
    """A refusal by the page, never by chance: 403 for those who are signed in, the sign-in for others."""
    member = None if kind is None else MEMBERS[kind]
    rights = frozenset() if member is None else rights_of(member.role, registrar=member.registrar)
    client = gate_and_console.client(member)
    wrong = []
    for route in GUARDED:
        if (route.method, route.path) in ASKED_ELSEWHERE and route.right in rights:
            continue
        address = ADDRESSES.get((route.method, route.path), route.path)
        answer = client.request(route.method, address, data={} if route.method == "POST" else None)
        status = answer.status_code
        if member is None:
            refused = (303, 401)[route.method == "POST"]
            fine = status == refused and (route.method == "POST" or "/sign-in" in answer.headers["location"])
        elif route.right in rights:
            fine = status not in {401, 403, 500} and "/sign-in" not in answer.headers.get("location", "")
        else:
            fine = status == 403
        if not fine:
            wrong.append(f"{route.method} {address}: {status} {answer.text[:200]}")
    assert not wrong
