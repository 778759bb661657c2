"""A gate that is polled when it says that it is due does what one does that goes round all the time.

Both live the same quarter of an hour, drawn from a seed: people, wires, camera, commands, a clock that nobody
disciplines. The one goes round five times a second and reads its lines ten times a second, as on a gate's
computer; the other when it says that it is due.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random
from shutil import rmtree

import pytest

from edge.boards.format import InputName
from edge.commands.core import CommandKind
from edge.counting.exchange import Correction, put_correction
from edge.devices.simulated import drive
from edge.gate import POLL
from edge.journal.reader import JournalReader
from edge.lane.driver import READ_EVERY
from edge.lane.memory_file import FILE_NAME
from edge.vision.reports import CameraReport, CameraState, ReportRefused, WorkerFailed
from tests.edge.alone import BOARD, Alone
from tests.examples import LONG, alike
from tests.simulation.plan import Town
from tests.simulation.site import Site, found_site

A_WHILE, A_MINUTE = 900.0 if LONG else 450.0, 60.0
ONE_DAY = timedelta(days=1)
LATER = 1.0
"""Seconds by which something is noticed later at most: the count looks once a second."""

LINES = sorted(BOARD.inputs)
KINDS = (CommandKind.OPEN_ONCE, CommandKind.LOCK_DOWN, CommandKind.LIFT_LOCK_DOWN, CommandKind.RESET_LANE)
STATES = (CameraState.STREAMING, CameraState.STALLED, CameraState.GONE, CameraState.BLIND)


@pytest.fixture(scope="module")
def site() -> Site:
    return found_site(7, Town(share_counts=False))


def walk_through(here: Alone, random: Random) -> None:
    here.show(face=f"p{random.randrange(12):03}", seconds=1.0, then=1.0)
    for active in (True, False):
        for line in (InputName.BEAM_OUTER, InputName.BEAM_INNER):
            drive(BOARD, here.pins, line, active=active)
            here.pass_time(0.3)


def touch_a_wire(here: Alone, random: Random) -> None:
    line = random.choice(LINES)
    drive(BOARD, here.pins, line, active=True)
    here.pass_time(random.choice((0.001, 0.5, 5.0, 40.0)))
    drive(BOARD, here.pins, line, active=False)


def flap_the_camera(here: Alone, random: Random) -> None:
    for _ in range(random.randrange(1, 6)):
        now = here.monotonic()
        here.see(
            random.choice(
                (
                    CameraReport(random.choice(STATES), now),
                    WorkerFailed(now, "it hung", 1),
                    ReportRefused(now, "too large"),
                )
            )
        )
        here.pass_time(random.uniform(0.0, 20.0))


def order(here: Alone, random: Random) -> None:
    here.order(random.choice(KINDS))


def lose_the_time_server(here: Alone, random: Random) -> None:
    here.synchronised = not here.synchronised
    here.pass_time(random.uniform(0.0, 60.0))


def correct_the_count(here: Alone, random: Random) -> None:
    put_correction(here.configuration.journal.path, Correction(random.randrange(20), "Wang Fang"))


HAPPENS: tuple[Callable[[Alone, Random], None], ...] = (
    walk_through,
    walk_through,
    touch_a_wire,
    touch_a_wire,
    flap_the_camera,
    order,
    lose_the_time_server,
    correct_the_count,
)


def told_of(here: Alone, seed: int) -> list[tuple[str, bytes, float]]:
    """What the gate writes down in the while of `seed`: kind, text, and when."""
    random = Random(seed)
    here.publish(here.site.subjects)
    gate = here.begin()
    while here.scheduler.now < A_WHILE:
        here.pass_time(random.choice((0.2, 5.0, 60.0, 300.0)) * random.random())
        random.choice(HAPPENS)(here, random)
    here.clock_off = -ONE_DAY
    here.wake()  # else it is noticed half a minute later at most
    here.pass_time(700.0)  # so long that the gate says that it does not know the time
    here.end(gate)
    with closing(JournalReader(here.configuration.journal.path)) as journal:
        return [(entry.kind, entry.body, entry.monotonic) for entry in journal.every()]


def lose_the_root_key(here: Alone) -> None:
    here.configuration.registry.root_key.unlink()


def lose_the_card(here: Alone) -> None:
    here.card_fails = True


def lose_the_memory_s_place(here: Alone) -> None:
    (here.folder / "state" / FILE_NAME).mkdir()


@pytest.mark.parametrize("trouble", [lose_the_root_key, lose_the_card, lose_the_memory_s_place])
def test_a_gate_in_trouble_tries_again_now_and_then(
    tmp_path: Path, site: Site, trouble: Callable[[Alone], None]
) -> None:
    """Every few seconds: it keeps no core busy, and its button opens."""
    here = Alone(tmp_path / "gate", site)
    trouble(here)
    gate, steps = here.begin(), here.scheduler.steps
    here.order(CommandKind.LOCK_DOWN)
    here.pass_time(A_MINUTE)
    assert here.scheduler.steps - steps < A_MINUTE
    drive(BOARD, here.pins, InputName.OVERRIDE, active=True)
    here.pass_time(1.0)
    assert [on for _, on in here.relay] == [True]
    here.end(gate)


@pytest.mark.longer
@pytest.mark.parametrize("seed", alike(range(3)))
def test_a_gate_that_is_polled_when_due_writes_down_what_one_does_that_goes_round(
    tmp_path: Path, site: Site, seed: int
) -> None:
    folder = tmp_path / "gate"
    busy = told_of(Alone(folder, site, rarely=READ_EVERY, round_every=POLL), seed)
    rmtree(folder)
    due = told_of(Alone(folder, site), seed)

    assert [told[:2] for told in due] == [told[:2] for told in busy]
    late = [(kind, at - before) for (kind, _, at), (_, _, before) in zip(due, busy, strict=True)]
    assert not [(kind, by) for kind, by in late if abs(by) > LATER]
