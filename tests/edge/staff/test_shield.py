"""Files in the staff's folder that are whole, and hold what nobody wrote: SQLite takes any value anywhere.

The gate goes on, its button opens, and who asks is answered.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from edge.boards.format import InputName
from edge.devices.simulated import drive
from edge.staff.desk_file import open_desk_file
from edge.staff.protocol.people import ListFaults, ListVisitors
from edge.staff.protocol.sessions import Alive, Ping, SignIn
from edge.staff.shield import Shield
from edge.staff.store import open_staff_store
from tests.edge.alone import BOARD
from tests.edge.staff.staffed import PIN, Staffed, at_work, is_refused
from tests.simulation.site import Site

_SHIFT = "INSERT INTO shift VALUES (1, 'wang', {}, NULL, {})"
_FAULT = "INSERT INTO fault VALUES (7, {}, {}, 'wang', {})"
_VISITOR = "INSERT INTO visitor VALUES ('visitor:1', {}, 'p000', 'wang', {}, {}, 'aa', {}, {}, {}, NULL)"


@pytest.mark.parametrize(
    "noise",
    [
        "UPDATE staff SET locked = 'for ever'",
        "UPDATE staff SET name = x'00ff'",
        _SHIFT.format("'noon'", 60.0),
        _SHIFT.format(2**62, 60.0),
        "INSERT INTO session VALUES (5, 'wang', 'tablet', 'x', 0)",
        "INSERT INTO change VALUES (1, 'wang', x'00')",
    ],
)
def test_noise_in_the_staffs_file_stops_nothing_and_is_said_once(
    noise: str, tmp_path: Path, site: Site
) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    with closing(open_staff_store(here.file, here.machine.storage)) as store:
        store.sign_out_after_copy()
    with closing(sqlite3.connect(here.file)) as file, file:
        file.execute(noise)
    with at_work(here):
        assert is_refused(here.ask(SignIn("wang", PIN)), "unavailable"), "answered"
        here.pass_time(60.0)
        [said] = here.said("staff_file_damaged")
        assert "staff.db" in said["text"]
        opens(here)


@pytest.mark.parametrize(
    "noise",
    [
        _FAULT.format("'power'", "''", 2**62),
        _FAULT.format("x'00'", "''", 0),
        _FAULT.format("'power'", 5.5, 0),
        _VISITOR.format("'Li'", "'code'", "x'00'", 0, 2**62, 1),
        "INSERT INTO salt VALUES (1, 5)",
    ],
)
def test_noise_in_the_desks_file_stops_nothing(noise: str, tmp_path: Path, site: Site) -> None:
    here = Staffed(tmp_path / "gate", site)
    here.add("wang")
    open_desk_file(here.folder / "desk.db", "gate-1").close()
    with closing(sqlite3.connect(here.folder / "desk.db")) as file, file:
        file.execute(noise)
    with at_work(here):
        session = here.sign_in("wang")
        here.ask(ListVisitors(), session)
        here.ask(ListFaults(), session)
        assert isinstance(here.ask(Ping()), Alive), "the staff's task lives"
        opens(here)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _folder(path: Path) -> None:
    (path / "inside").mkdir(parents=True)


def _link(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize("spoil", [_pipe, _folder, _link])
def test_what_is_no_file_is_waited_for_by_nobody(
    spoil: Callable[[Path], None], tmp_path: Path, site: Site
) -> None:
    here = Staffed(tmp_path / "gate", site)
    for name in ("staff.db", "desk.db", "face-doubts.json", "number-tries.json"):
        spoil(here.folder / name)
    with at_work(here):
        assert isinstance(here.ask(Ping()), Alive)
        opens(here)


def test_what_a_part_of_it_raises_reaches_neither_the_others_nor_the_main_loop() -> None:
    heard: list[str] = []

    def fails(_: str) -> None:
        raise ValueError("too long to publish")

    def polls() -> float:
        raise RecursionError

    shield = Shield(lambda: 5.0)
    shield.tell(fails, "something")
    shield.tell(heard.append, "something")
    assert heard == ["something"]
    assert 5.0 < shield.poll(polls) < 10.0
    assert shield.poll(lambda: 7.0) == 7.0


def opens(here: Staffed) -> None:
    drive(BOARD, here.pins, InputName.OVERRIDE, active=True)
    here.pass_time(1.0)
    assert [on for _, on in here.relay] == [True], "the button works"
