"""A whole gate, as its gate.toml describes it, on a virtual clock: in one thread, and without waiting."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest

from edge.boards.format import InputName
from edge.commands.core import CommandKind, CommandOutcome
from edge.decision import Outcome, Reason
from edge.devices.simulated import drive
from edge.journal.reader import JournalReader
from edge.runtime.gate_at_work import Gate
from edge.support.notify import Notifier
from edge.support.storage import connect
from tests.edge.alone import BOARD, IMPULSE, Alone
from tests.examples import LONG
from tests.simulation.plan import Town
from tests.simulation.site import Site, found_site


class Noticed:
    """What the interpreter was asked for that no gate in one thread may ask for."""

    FORBIDDEN = frozenset(
        {
            "_thread.start_new_thread",
            "_thread.start_joinable_thread",
            "time.sleep",
            "socket.__new__",
            "subprocess.Popen",
        }
    )

    def __init__(self) -> None:
        self.on = False
        self.asked: list[str] = []

    def __call__(self, event: str, _: tuple[object, ...]) -> None:
        if self.on and event in self.FORBIDDEN:
            self.asked.append(event)


NOTICED = Noticed()


@pytest.fixture(scope="module")
def _hooked() -> None:
    sys.addaudithook(NOTICED)  # there is no way to take a hook off again


@pytest.fixture
def noticed(_hooked: None) -> Iterator[Noticed]:
    NOTICED.asked.clear()
    NOTICED.on = True
    yield NOTICED
    NOTICED.on = False


@pytest.fixture(scope="module")
def site() -> Site:
    return found_site(7, Town())


def lives_a_day(here: Alone, rest: float = 22 * 3600.0) -> None:
    """A day with all that happens at a gate, and a restart in the middle; then `rest` s of nothing."""
    gate = here.begin()
    here.pass_time(1.0)
    here.show(face="p000")
    assert not here.relay, "nobody is known"
    here.publish(here.site.subjects)
    here.pass_time(601.0)

    [by_face] = here.show(face="p000")
    assert (by_face.decision.reason, by_face.decision.subject_id) == (Reason.FACE_MATCHED, "p000")
    [by_pass] = here.show(code=here.site.passes.own("p001").text)
    assert (by_pass.decision.outcome, by_pass.decision.subject_id) == (Outcome.GRANT, "p001")

    here.order(CommandKind.OPEN_ONCE)
    here.pass_time(60.0)
    here.end(gate)

    gate = here.begin()
    here.pass_time(3600.0)
    [again] = here.show(face="p002")
    assert again.decision.subject_id == "p002"
    here.pass_time(rest)
    here.end(gate)


def test_a_day_at_a_gate_needs_one_thread_and_no_time(tmp_path: Path, site: Site, noticed: Noticed) -> None:
    here, threads = Alone(tmp_path / "gate", site), threading.enumerate()
    lives_a_day(here)
    assert threading.enumerate() == threads
    assert noticed.asked == []

    assert here.impulses() == [pytest.approx(IMPULSE, abs=1e-6)] * 4, "two faces, a pass, a command"
    with closing(JournalReader(here.configuration.journal.path)) as journal:
        entries = [*journal.every()]
    kinds = [entry.kind for entry in entries]
    assert kinds.count("gate_started") == kinds.count("gate_stopped") == 2
    assert "registry_installed" in kinds
    [result] = [entry for entry in entries if entry.kind == "command_result"]
    assert CommandOutcome.DONE.encode() in result.body


def test_the_button_opens_within_the_moment(tmp_path: Path, site: Site) -> None:
    """The lines are read every 30 s here: it is the edge that is heard."""
    here = Alone(tmp_path / "gate", site)
    gate = here.begin()
    here.pass_time(10.0)
    drive(BOARD, here.pins, InputName.OVERRIDE, active=True)
    here.pass_time(0.1)
    assert [on for _, on in here.relay] == [True]
    here.end(gate)
    assert [on for _, on in here.relay] == [True, False], "at rest when the gate is over"


@pytest.mark.longer
def test_two_days_from_one_seed_leave_the_same_journal_and_tell_the_same(tmp_path: Path, site: Site) -> None:
    def day_of(seed: int) -> list[str]:
        here = Alone(tmp_path / "gate", site, seed)  # in one place: where its files lie is in the journal
        lives_a_day(here, rest=(22 if LONG else 1) * 3600.0)
        with closing(connect(here.configuration.journal.path)) as journal:
            told = [*journal.iterdump()]
        rmtree(here.folder)
        return told + [repr(heard) for heard in here.heard]

    one = day_of(1)
    assert one == day_of(1)
    assert one != day_of(2), "the name of its epoch is another"


def test_a_stop_is_put_off_for_a_fire_and_for_nothing_else(tmp_path: Path, site: Site) -> None:
    here, place = Alone(tmp_path / "gate", site), tmp_path / "notify.sock"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)) as systemd:
        systemd.bind(str(place))
        here.machine = replace(here.machine, notifier=Notifier({"NOTIFY_SOCKET": str(place)}))

        def put_off(gate: Gate) -> bool:
            gate.show_life(asked_to_stop=True)
            said = b""
            with suppress(BlockingIOError):
                while True:
                    said += systemd.recv(4096)
            return b"EXTEND_TIMEOUT_USEC" in said

        gate = here.begin()
        here.pass_time(1.0)
        assert (put_off(gate), gate.goes_on(asked_to_stop=True)) == (False, False)
        drive(BOARD, here.pins, InputName.FIRE, active=True)
        here.pass_time(1.0)
        assert (put_off(gate), gate.goes_on(asked_to_stop=True)) == (True, True)
        here.end(gate)
