"""Plays the morning: the real gate, a camera that shows pictures, simulated pins, a hand at the button."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Timer

from msgspec.structs import replace
from rich.console import Console

from edge.boards.files import load_board
from edge.boards.format import InputName, OutputName
from edge.configuration import GateConfiguration, load_configuration
from edge.decision import Outcome, Reason
from edge.demo.morning import LEAD, NEWCOMER, STANDS, Morning, photograph_held_up, prepare
from edge.demo.pages import STAFF, pages_of, requests_of, with_staff
from edge.demo.screen import TerminalScreen
from edge.devices.simulated import drive, is_active, simulated_pins
from edge.gate import run_gate
from edge.ports import AccessEvent
from edge.runtime.machine import Machine
from edge.runtime.main_loop import Heard
from edge.support.stop_signals import stopped_by_signals

PORT = 8088
TIME_TO_SIGN_IN = 45.0
"""Seconds before the first person comes, where somebody opens the staff's pages meanwhile."""


def play(
    folder: Path, console: Console, camera: str | None = None, *, pages: bool = False, port: int = PORT
) -> int:
    """Play the morning in `folder`, or, with `camera`, be a gate for the people before it. With `pages` the
    staff's pages are open meanwhile at `port`, and the gate stays until it is stopped.
    """
    console.print("Making a site with seven residents, their passes and a morning ...")
    begins_after = TIME_TO_SIGN_IN if pages else LEAD
    morning = prepare(folder, camera=camera is not None, begins_after=begins_after, staffed=pages)
    configuration = load_configuration(morning.configuration)
    if camera is not None:
        configuration = replace(configuration, vision=replace(configuration.vision, camera=camera))
        console.print(f"Show one of {folder}/passes/*.png to the camera. Ctrl-C ends.")
    board = load_board(configuration.lane.board)
    pins = simulated_pins()
    stays = camera is not None or pages

    def driven() -> set[OutputName]:
        return {name for name in board.outputs if is_active(board, pins, name)}

    def touch(line: InputName, active: bool) -> None:
        drive(board, pins, line, active=active)

    screen = TerminalScreen(console, None if camera else morning, driven)
    hands = _Hands(touch)

    def handle(event: Heard) -> None:
        hands.handle(event)
        screen.handle(event)

    machine = Machine(pins=pins)
    console.print("Its residents are photographs, so the gate does not look for living faces yet.")
    with ExitStack() as opened:
        if pages:
            configuration, pin = with_staff(configuration, folder)
            address = opened.enter_context(pages_of(configuration, port))
            said = f"The staff's pages: {address}/  name {STAFF}, PIN {pin}. Ctrl-C ends."
            console.print(said, highlight=False, soft_wrap=True)
            if camera is None:
                console.print(f"Sign in: the first person comes in {TIME_TO_SIGN_IN:.0f} seconds.")
                said = f"The last one stands there for {STANDS / 60:.0f} minutes: enrol {NEWCOMER}. He is a"
                console.print(f"{said} photograph and turns no head, so take two pictures by hand; then")
                console.print(
                    f"  .venv/bin/gatepost subject request list {requests_of(folder)}", soft_wrap=True
                )
        stop = opened.enter_context(stopped_by_signals())
        opened.enter_context(screen.shown())
        run_gate(configuration, stop, machine, listener=handle, until_finished=not stays)
        held_up = None if stays or stop.is_set() else _held_up(morning, machine, screen)
        if held_up is not None:
            run_gate(held_up, stop, machine, listener=handle, until_finished=True)
    _print_summary(console, morning, screen)
    return 0


def _held_up(morning: Morning, machine: Machine, screen: TerminalScreen) -> GateConfiguration | None:
    """The gate with liveness on, and a photograph before it; None, said aloud, where it cannot be played."""
    if not machine.measures(load_configuration(morning.configuration).vision).nets:
        screen.say("LEFT OUT: a photograph held up to a gate that looks for life: gatepost models get")
        return None
    after = photograph_held_up(morning)
    if after is None:
        screen.say("LEFT OUT: a photograph held up to a gate that looks for life: no portraits here")
        return None
    screen.play(after)
    return load_configuration(after.configuration)


class _Hands:
    """What people do at the gate: anyone who is let through walks on, and staff help a stranger."""

    def __init__(self, touch: Callable[[InputName, bool], None]) -> None:
        self._touch = touch

    def handle(self, event: Heard) -> None:
        if not isinstance(event, AccessEvent):
            return
        if event.decision.reason is Reason.FACE_UNKNOWN:
            self._do((0.0, InputName.OVERRIDE, True), (0.3, InputName.OVERRIDE, False), *_WALK)
        elif event.decision.outcome is Outcome.GRANT:
            self._do(*_WALK)

    def _do(self, *moves: tuple[float, InputName, bool]) -> None:
        for delay, line, active in moves:
            timer = Timer(delay, self._touch, (line, active))
            timer.daemon = True
            timer.start()


_WALK = (
    (1.3, InputName.BEAM_OUTER, True),
    (1.5, InputName.BEAM_INNER, True),
    (1.7, InputName.BEAM_OUTER, False),
    (1.9, InputName.BEAM_INNER, False),
)
"""Through the lane's two beams, in seconds after the barrier began to move."""


def _print_summary(console: Console, morning: Morning, screen: TerminalScreen) -> None:
    counts = screen.counts
    console.print()
    console.print(
        f"{counts['grant']} let through, {counts['refer']} referred to the staff, {counts['deny']} refused."
    )
    console.print("Look around:")
    gate = morning.configuration
    for command in (
        f"gatepost journal tail --config {gate}",
        f"gatepost journal verify --config {gate}",
        f"gatepost replay --config {gate} --json {morning.folder}/passes",
        f"gatepost subject list --folder {morning.folder}",
    ):
        console.print(f"  .venv/bin/{command}", soft_wrap=True, highlight=False)
    console.print(f"  {morning.folder}/policy.toml says who may pass: change it, build the registry, replay")
