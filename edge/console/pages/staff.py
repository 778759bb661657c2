"""The staff's accounts, for managers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import Response

from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf
from edge.staff.core import Right, StaffRole
from edge.staff.protocol import RefusedWhy
from edge.staff.protocol.accounts import (
    AddStaff,
    ListStaff,
    OneTimePin,
    RemoveStaff,
    ResetPin,
    SetRole,
    StaffList,
    UnlockStaff,
)
from edge.web.texts import N_

PAGES = ConsolePages()
ROLES = {
    StaffRole.GUARD: N_("Guard"),
    StaffRole.MANAGER: N_("Manager"),
    StaffRole.INSTALLER: N_("Installer"),
}
"""What roles are called."""
StaffId = Annotated[str, Form(max_length=32)]
Registrar = Annotated[bool, Form()]


_TYPED_HERE = frozenset({RefusedWhy.INVALID, RefusedWhy.TAKEN})
"""Refusals of what was typed: the page shows them beside it, and loses nothing."""


@dataclass(frozen=True)
class NewMember:
    """What stands in the form."""

    staff: str = ""
    name: str = ""
    role: StaffRole = StaffRole.GUARD
    registrar: bool = False


@PAGES.get("/staff", right=Right.MANAGE_STAFF)
def staff_page(visit: VisitOf, member: Annotated[str, Query(max_length=32)] = "") -> Response:
    """The accounts; what can be done with that of `member`."""
    return _page(visit, visit.ask(ListStaff(), StaffList), chosen=member)


@PAGES.post("/staff/add", right=Right.MANAGE_STAFF, body=4096)
def add(
    visit: VisitOf,
    staff: StaffId,
    name: Annotated[str, Form(max_length=60)],
    role: Annotated[StaffRole, Form()],
    registrar: Registrar = False,
) -> Response:
    try:
        made = visit.ask(AddStaff(staff.strip().lower(), name.strip(), role, registrar), OneTimePin)
    except Refusal as error:
        if error.why not in _TYPED_HERE:
            raise
        said = f"{visit.gettext(error.answer.text)} {visit.gettext(error.answer.remedy)}"
        typed = NewMember(staff, name, role, registrar)
        return _page(visit, visit.ask(ListStaff(), StaffList), typed=typed, wrong=said)
    return _page(visit, visit.ask(ListStaff(), StaffList), made)


@PAGES.post("/staff/reset", right=Right.MANAGE_STAFF, body=4096)
def reset(visit: VisitOf, staff: StaffId) -> Response:
    made = visit.ask(ResetPin(staff), OneTimePin)
    return _page(visit, visit.ask(ListStaff(), StaffList), made)


@PAGES.post("/staff/role", right=Right.MANAGE_STAFF, body=4096)
def set_role(
    visit: VisitOf, staff: StaffId, role: Annotated[StaffRole, Form()], registrar: Registrar = False
) -> Response:
    visit.ask(SetRole(staff, role, registrar))
    return visit.go("/staff")


@PAGES.post("/staff/remove", right=Right.MANAGE_STAFF, body=4096)
def remove(visit: VisitOf, staff: StaffId) -> Response:
    visit.ask(RemoveStaff(staff))
    return visit.go("/staff")


@PAGES.post("/staff/unlock", right=Right.MANAGE_STAFF, body=4096)
def unlock(visit: VisitOf, staff: StaffId) -> Response:
    visit.ask(UnlockStaff(staff))
    return visit.go("/staff")


def _page(
    visit: ConsoleVisit,
    listed: StaffList,
    made: OneTimePin | None = None,
    *,
    chosen: str = "",
    typed: NewMember = NewMember(),
    wrong: str = "",
) -> Response:
    return visit.page(
        "staff/staff.html",
        title=visit.gettext("Staff"),
        tab="/gate",
        status=422 if wrong else 200,
        members=listed.members,
        made=made,
        chosen=chosen,
        roles=ROLES,
        typed=typed,
        wrong=wrong,
    )
