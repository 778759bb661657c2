"""`gatepost staff`: who may sign in at the gate's console. The first person is added here, on the gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer, objects
from edge.cli.arguments import AsInFiles, GateFile, gate_configuration
from edge.errors import ConfigurationError, GatepostError
from edge.staff.core import StaffRole

if TYPE_CHECKING:
    from edge.staff.hashing import Pins
    from edge.staff.store import StaffStore

app = cyclopts.App(name="staff", help="Say who may sign in at a gate's console.")
pin_app = cyclopts.App(name="pin", help="What somebody signs in with.")
role_app = cyclopts.App(name="role", help="What somebody may do.")
app.command(pin_app)
app.command(role_app)

StaffId = Annotated[str, Parameter(name="STAFF", help="The staff member's id, such as wang.")]
RoleWord = Annotated[StaffRole, AsInFiles, Parameter(help="What they may do.")]
Registrar = Annotated[bool, Parameter(help="A guard who enrols residents as well.")]
_TELL = "the gate takes it up within five seconds"


@app.command
def create(
    staff: StaffId,
    /,
    *,
    role: RoleWord,
    name: Annotated[str, Parameter(help="The name that pages show; by default the id.")] = "",
    registrar: Registrar = False,
    json: Json = False,
    config: GateFile = None,
) -> None:
    """Add somebody, and print the PIN for their first sign-in, at which they change it.

    Example: gatepost staff create wang --name 王建国 --role guard
    """
    from edge.staff.core import fault_of_id, fault_of_name
    from edge.staff.manage import new_account

    fault = fault_of_id(staff) or fault_of_name(name or staff)
    if fault:
        raise GatepostError(fault, where=staff or "STAFF", remedy="gatepost staff create wang --role guard")
    account, pin = new_account(_pins(), staff, name or staff, role, registrar=registrar)
    with _store(config) as store:
        if not store.add(account, "added"):
            raise GatepostError(
                "is there already", where=staff, remedy="gatepost staff pin renew gives a new PIN"
            )
    _tell_pin(staff, pin, json=json)


@pin_app.command
def renew(staff: StaffId, /, *, json: Json = False, config: GateFile = None) -> None:
    """Give somebody a new PIN for their next sign-in, and end their sessions and a lock.

    Example: gatepost staff pin renew wang
    """
    pins = _pins()
    drawn = pins.one_time(staff)
    with _store(config) as store:
        _known(staff, known=store.set_pin(staff, pins.hash(drawn), must_change=True, change="pin"))
    _tell_pin(staff, drawn, json=json)


@role_app.command(name="set")
def set_role(
    staff: StaffId,
    role: RoleWord,
    /,
    *,
    registrar: Registrar = False,
    json: Json = False,
    config: GateFile = None,
) -> None:
    """Change what somebody may do, and end their sessions.

    Example: gatepost staff role set wang manager
    """
    with _store(config) as store:
        _known(staff, known=store.set_role(staff, role, registrar=registrar, change="role"))
    fields = {"staff": staff, "role": role.value, "registrar": registrar}
    answer(fields, f"{staff} is a {role.value} now; {_TELL}", json=json)


@app.command
def remove(staff: StaffId, /, *, json: Json = False, config: GateFile = None) -> None:
    """Remove somebody: their PIN, passkeys and sessions.

    Example: gatepost staff remove wang
    """
    with _store(config) as store:
        _known(staff, known=store.remove(staff, "removed"))
    answer({"staff": staff}, f"{staff} can no longer sign in; {_TELL}", json=json)


@app.command
def unlock(staff: StaffId, /, *, json: Json = False, config: GateFile = None) -> None:
    """End a lock after wrong PINs.

    Example: gatepost staff unlock wang
    """
    with _store(config) as store:
        _known(staff, known=store.set_lockout(staff, 0, 0.0, "unlocked"))
    answer({"staff": staff}, f"{staff} can sign in again; {_TELL}", json=json)


@app.command(name="list")
def list_staff(*, json: Json = False, config: GateFile = None) -> None:
    """List the accounts, and who is on shift.

    Example: gatepost staff list
    """
    with _store(config) as store:
        accounts, shift = store.accounts(), store.shift()
    minding = None if shift is None else shift.staff
    if json:
        objects(
            {
                "staff": account.staff,
                "name": account.name,
                "role": account.role.value,
                "registrar": account.registrar,
                "must_change": account.must_change,
                "wrong": account.wrong,
                "on_shift": account.staff == minding,
            }
            for account in accounts
        )
        return
    for account in accounts:
        marks = (
            "registrar" if account.registrar else "",
            "PIN to be changed" if account.must_change else "",
            "on shift" if account.staff == minding else "",
        )
        print("  ".join((account.staff, account.role.value, account.name, *filter(None, marks))))
    if not accounts:
        print("nobody can sign in yet: gatepost staff create NAME --role manager")


# --- inside --------------------------------------------------------------------------------


@contextmanager
def _store(config: GateFile) -> Iterator[StaffStore]:
    """The file of the gate's staff. Raises GatepostError."""
    from edge.staff.store import open_staff_store
    from edge.support.files import make_folder

    file = gate_configuration(config).staff.file
    if file is None:
        raise ConfigurationError(
            "names no file for its staff",
            where="gate.toml",
            remedy='add to [staff]: file = "/var/lib/gatepost/gate/staff.db"',
        )
    try:
        make_folder(file.parent, 0o710)  # as the gate's own: before its first run there is none
    except OSError as error:
        raise ConfigurationError(
            f"cannot be made: {error.strerror or error}",
            where=str(file.parent),
            remedy="make the folder, for the gate's user",
        ) from None
    with closing(open_staff_store(file)) as store:
        yield store


def _pins() -> Pins:
    from secrets import token_bytes

    from edge.staff.hashing import Pins

    return Pins(token_bytes)


def _known(staff: str, *, known: bool) -> None:
    if not known:
        raise GatepostError("there is no such account", where=staff, remedy="gatepost staff list names all")


def _tell_pin(staff: str, drawn: str, *, json: bool) -> None:
    line = f"{staff} signs in with the PIN {drawn}, once, and then chooses their own; {_TELL}"
    answer({"staff": staff, "pin": drawn}, line, json=json)
