"""The console's protocol: what is declared is what there is, and the page says it."""

from __future__ import annotations

from typing import get_args

import pytest

from edge.staff.core.roles import Right, StaffRole, rights_of
from edge.staff.protocol import RefusedWhy, Request, RequestBody, encoded, request_of
from edge.staff.protocol.sessions import Ping
from edge.staff.protocol.watching import Watch
from edge.staff.refusals import SAID
from edge.support.decoding import Undecodable
from tests.edge.staff.protocol_page import PAGE, page, requests


def test_every_message_is_in_the_one_table_of_rights_and_nothing_else_is() -> None:
    """`Watch` alone is answered by what it watches: each topic has its right."""
    assert {*requests(), Watch} == {*get_args(RequestBody)}


def test_every_refusal_has_words() -> None:
    assert SAID.keys() == set(RefusedWhy)


@pytest.mark.parametrize("where", ["session", "client"])
def test_what_a_request_names_itself_by_is_short(where: str) -> None:
    with pytest.raises(Undecodable):
        request_of(encoded(Request(Ping(), **{where: "x" * 1000})))


def test_the_page_is_made_from_the_messages() -> None:
    assert PAGE.read_text() == page(), "python -m tests.edge.staff.protocol_page"


@pytest.mark.parametrize(
    ("role", "registrar", "may", "may_not"),
    [
        (
            StaffRole.GUARD,
            False,
            {Right.LET_IN, Right.FIND},
            {Right.ENROL, Right.MANAGE_STAFF, Right.INSTALL},
        ),
        (StaffRole.GUARD, True, {Right.LET_IN, Right.ENROL, Right.WITHDRAW}, {Right.MANAGE_STAFF}),
        (StaffRole.MANAGER, False, {Right.LET_IN, Right.ENROL, Right.MANAGE_STAFF}, {Right.INSTALL}),
        (StaffRole.INSTALLER, False, {Right.INSTALL, Right.SEE_NOW}, {Right.FIND, Right.LET_IN, Right.ENROL}),
        (StaffRole.INSTALLER, True, {Right.INSTALL}, {Right.ENROL}),
    ],
)
def test_what_a_role_may(role: StaffRole, registrar: bool, may: set[Right], may_not: set[Right]) -> None:
    rights = rights_of(role, registrar=registrar)
    assert may <= rights
    assert not may_not & rights
