"""Accounts: kept by a command on the gate, and by managers at its console; and a file that cannot be read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from shutil import copy
from typing import Any

import pytest

from edge.boards.format import InputName
from edge.cli.groups import GROUPS
from edge.cli.main import run
from edge.devices.simulated import drive
from edge.staff.core.roles import StaffRole
from edge.staff.file_errors import StaffFileError
from edge.staff.protocol import Done
from edge.staff.protocol.accounts import (
    AddStaff,
    ListStaff,
    RemoveStaff,
    ResetPin,
    SetRole,
    StaffList,
    UnlockStaff,
)
from edge.staff.protocol.sessions import BeginShift, ChangePin, SignIn, Who, WhoAmI
from edge.staff.store import open_staff_store
from edge.support.storage import REAL_STORAGE
from tests.edge.alone import BOARD
from tests.edge.staff.staffed import PIN, Staffed, at_work, is_refused
from tests.simulation.site import Site

Gatepost = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def gatepost(here: Staffed, capsys: pytest.CaptureFixture[str]) -> Gatepost:
    """Runs `gatepost staff …` beside the gate; what it answers, or complains of."""

    def called(*words: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        with pytest.raises(SystemExit):
            run(GROUPS, ["staff", *words, "--json", "--config", str(here.toml)])
        said = capsys.readouterr()
        return [json.loads(line) for line in (said.out + said.err).splitlines() if line.startswith("{")]

    return called


def test_somebody_is_added_on_the_gate_and_chooses_a_pin(here: Staffed, gatepost: Gatepost) -> None:
    [added] = gatepost("create", "li", "--role", "guard", "--name", "李伟", "--registrar")
    here.pass_time(5.5)
    session = here.sign_in("li", pin=added["pin"])
    who = here.ask(WhoAmI(), session)
    assert (who.name, who.registrar, who.must_change) == ("李伟", True, True)
    assert here.ask(ChangePin(added["pin"], "831620"), session) == Done()
    here.pass_time(2.5)
    assert is_refused(here.ask(SignIn("li", added["pin"])), "wrong")
    assert here.sign_in("li", pin="831620")
    here.pass_time(1.0)
    assert here.said("staff_changed") == [
        {"member": "li", "what": "added", "by": "console"},
        {"member": "li", "what": "pin", "by": "li"},
    ]


def test_somebody_is_added_before_the_gate_ever_ran(
    tmp_path: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever sets a gate up adds its manager first: there is no folder of its state yet."""
    here = Staffed(tmp_path / "gate", site)
    state = tmp_path / "var" / "state"
    text = here.toml.read_text().replace(str(here.file), str(state / "staff.db"))
    here.toml.write_text(text)
    with pytest.raises(SystemExit) as ended:
        run(GROUPS, ["staff", "create", "li", "--role", "manager", "--config", str(here.toml)])
    assert not ended.value.code, capsys.readouterr().err
    assert {oct(folder.stat().st_mode & 0o777) for folder in (state, state.parent)} == {"0o710"}
    assert oct((state / "staff.db").stat().st_mode & 0o777) == "0o600"


def test_what_the_command_refuses_it_says_and_changes_nothing(gatepost: Gatepost) -> None:
    before = gatepost("list")
    for told, *words in (
        ("is there already", "create", "wang", "--role", "guard"),
        ("cannot be an id", "create", "Wang", "--role", "guard"),
        ("the name to show", "create", "li", "--role", "guard", "--name", " "),
        ("there is no such account", "pin", "renew", "nobody"),
        ("there is no such account", "role", "set", "nobody", "guard"),
        ("there is no such account", "remove", "nobody"),
        ("there is no such account", "unlock", "nobody"),
    ):
        [complaint] = gatepost(*words)
        assert told in complaint["error"], words
        assert complaint["remedy"], words
    assert gatepost("list") == before


def test_the_command_ends_what_it_takes_away(here: Staffed, gatepost: Gatepost) -> None:
    sessions = {staff: here.sign_in(staff) for staff in ("wang", "zhao", "ma")}
    here.ask(BeginShift(), sessions["zhao"])
    assert [row["on_shift"] for row in gatepost("list") if row["staff"] == "zhao"] == [True]
    gatepost("role", "set", "wang", "manager")
    gatepost("remove", "zhao")
    here.pass_time(5.5)
    for staff in ("wang", "zhao"):
        assert is_refused(here.ask(WhoAmI(), sessions[staff]), "not_signed_in"), staff
    assert isinstance(here.ask(WhoAmI(), sessions["ma"]), Who)
    assert here.said("shift_ended") == [{"staff": "zhao", "why": "removed"}]
    assert here.ask(WhoAmI(), here.sign_in("wang")).role is StaffRole.MANAGER


def test_the_command_ends_a_lock(here: Staffed, gatepost: Gatepost) -> None:
    for _ in range(5):
        here.pass_time(2.5)
        here.ask(SignIn("wang", "731946"))
    assert is_refused(here.ask(SignIn("wang", PIN)), "locked_out")
    gatepost("unlock", "wang")
    here.pass_time(5.5)
    assert here.sign_in("wang")


def test_managers_do_the_same_at_the_console(here: Staffed) -> None:
    manager = here.sign_in("ma")
    given = here.ask(AddStaff("li", "李伟", StaffRole.GUARD), manager)
    assert is_refused(here.ask(AddStaff("li", "Another", StaffRole.GUARD), manager), "taken")
    assert here.ask(WhoAmI(), here.sign_in("li", pin=given.pin)).must_change
    again = here.ask(ResetPin("li"), manager)
    here.pass_time(2.5)
    assert is_refused(here.ask(SignIn("li", given.pin)), "wrong")
    li = here.sign_in("li", pin=again.pin)
    listed = here.ask(SetRole("li", StaffRole.GUARD, registrar=True), manager)
    assert isinstance(listed, StaffList)
    [member] = [member for member in listed.members if member.staff == "li"]
    assert (member.registrar, member.must_change, member.signed_in) == (True, True, 0)
    assert is_refused(here.ask(WhoAmI(), li), "not_signed_in"), "a changed role is a new sign-in"
    assert "li" not in {member.staff for member in here.ask(RemoveStaff("li"), manager).members}
    here.pass_time(1.0)
    assert [(said["what"], said["by"]) for said in here.said("staff_changed")] == [
        ("added", "ma"),
        ("pin", "ma"),
        ("role", "ma"),
        ("removed", "ma"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        AddStaff("li", "Li Wei", StaffRole.GUARD),
        ResetPin("wang"),
        SetRole("wang", StaffRole.MANAGER),
        RemoveStaff("wang"),
        UnlockStaff("wang"),
    ],
)
def test_a_change_that_cannot_be_written_down_is_not_made(here: Staffed, body: Any) -> None:
    wang, manager = here.sign_in("wang"), here.sign_in("ma")
    before = here.ask(ListStaff(), manager)
    here.gate._rest.journal._journal._connection.execute("PRAGMA query_only = ON")  # type: ignore[union-attr]
    assert is_refused(here.ask(body, manager), "not_recorded")
    assert here.ask(ListStaff(), manager) == before
    assert here.ask(WhoAmI(), wang).role is StaffRole.GUARD


def test_who_somebody_is_waits_behind_no_pin(here: Staffed) -> None:
    """Each page asks it first: it is answered where it is read, while the worker hashes."""
    session = here.sign_in("wang")
    here.pass_time(2.5)
    assert here.asks(SignIn("zhao", PIN)) == []
    [answer] = here.asks(WhoAmI(), session)
    assert isinstance(answer, Who)


def test_a_manager_unlocks_who_was_locked_out(here: Staffed) -> None:
    for _ in range(5):
        here.pass_time(2.5)
        here.ask(SignIn("wang", "731946"))
    manager = here.sign_in("ma")
    locked = {member.staff: member.locked for member in here.ask(ListStaff(), manager).members}
    assert locked["wang"] > 0
    assert locked["zhao"] == 0
    here.ask(UnlockStaff("wang"), manager)
    assert here.sign_in("wang")


def test_the_last_manager_stays_one(here: Staffed) -> None:
    manager = here.sign_in("ma")
    assert is_refused(here.ask(SetRole("ma", StaffRole.GUARD), manager), "last_manager")
    assert is_refused(here.ask(RemoveStaff("ma"), manager), "last_manager")
    here.ask(SetRole("zhao", StaffRole.MANAGER), manager)
    assert isinstance(here.ask(SetRole("ma", StaffRole.GUARD), manager), StaffList)


@pytest.mark.parametrize("staff", ["wang", "fitter"])
def test_nobody_else_keeps_accounts(staff: str, here: Staffed) -> None:
    session = here.sign_in(staff)
    for body in (
        ListStaff(),
        AddStaff("li", "Li", StaffRole.MANAGER),
        ResetPin("ma"),
        SetRole(staff, StaffRole.MANAGER),
    ):
        assert is_refused(here.ask(body, session), "not_your_role")
        assert is_refused(here.ask(body), "not_signed_in")


# --- the file ------------------------------------------------------------------------------


def _damaged(file: Path) -> None:
    file.write_bytes(b"no database" * 1000)


def _folder(file: Path) -> None:
    file.mkdir()


def _of_a_later_version(file: Path) -> None:
    with closing(open_staff_store(file)) as store:
        store._connection.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize("spoil", [_damaged, _folder, _of_a_later_version])
def test_a_gate_whose_staff_cannot_be_read_starts_and_says_so(
    spoil: Callable[[Path], None], tmp_path: Path, site: Site
) -> None:
    here = Staffed(tmp_path / "gate", site)
    spoil(here.file)
    with at_work(here):
        assert is_refused(here.ask(SignIn("wang", PIN)), "unavailable")
        here.pass_time(60.0)
        [said] = here.said("staff_file_damaged")
        assert str(here.file) in said["text"]
        drive(BOARD, here.pins, InputName.OVERRIDE, active=True)
        here.pass_time(1.0)
        assert [on for _, on in here.relay] == [True], "the button works"
        # Put right, it is taken up without a restart.
        (here.file.rmdir if here.file.is_dir() else here.file.unlink)()
        for ending in ("-wal", "-shm"):
            here.file.with_name(here.file.name + ending).unlink(missing_ok=True)
        here.add("wang")
        here.pass_time(6.0)
        assert here.sign_in("wang")


def test_a_file_from_another_card_signs_nobody_in(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    with at_work(here):
        session = here.sign_in("wang")
        here.ask(BeginShift(), session)
        assert isinstance(here.ask(WhoAmI(), session), Who)
    here.machine = replace(
        here.machine, storage=replace(here.machine.storage, medium=lambda _: "another card")
    )
    with at_work(here):
        assert is_refused(here.ask(WhoAmI(), session), "not_signed_in")
        assert here.ask(WhoAmI(), here.sign_in("wang")).shift is None


_READS = (
    "import sqlite3, sys; store = sqlite3.connect(sys.argv[1]); print(store.execute(sys.argv[2]).fetchall())"
)


def test_another_process_takes_nothing_away_that_the_gate_writes_afterwards(
    tmp_path: Path, site: Site
) -> None:
    """`gatepost staff list` comes and goes while the gate has the file open; then the power fails."""
    here = Staffed(tmp_path / "gate", site)
    here.machine = replace(here.machine, storage=REAL_STORAGE)
    here.add("wang")

    def read(query: str) -> str:
        command = [sys.executable, "-c", _READS, str(here.file), query]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with at_work(here):
        assert "wang" in read("SELECT staff FROM staff")
        session = here.sign_in("wang")
        here.ask(BeginShift(), session)
        assert here.file.with_name("staff.db-wal").exists(), (
            "the log that the gate writes is still the file's"
        )
        assert "wang" in read("SELECT staff FROM shift")
        assert read("SELECT count(*) FROM session") == "[(1,)]\n"


def test_no_file_is_an_empty_one(tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    with at_work(here):
        assert is_refused(here.ask(SignIn("wang", PIN)), "wrong")
    assert here.file.stat().st_mode & 0o077 == 0


def test_a_copy_of_the_file_holds_no_pin_and_no_secret(here: Staffed, tmp_path: Path) -> None:
    session = here.sign_in("wang")
    files = here.folder.glob("staff.db*")
    stolen = b"".join(Path(copy(file, tmp_path / file.name)).read_bytes() for file in files)
    assert PIN.encode() not in stolen
    assert session.encode() not in stolen
    assert bytes.fromhex(session) not in stolen


def test_what_is_wrong_with_the_file_names_it_and_says_what_to_do(tmp_path: Path) -> None:
    _damaged(tmp_path / "staff.db")
    with pytest.raises(StaffFileError, match=r"staff\.db: is damaged.*gatepost staff create") as raised:
        open_staff_store(tmp_path / "staff.db")
    assert raised.value.remedy
