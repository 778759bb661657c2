"""Whether what is wired fits what is moved: relays and sensors for the kind and the drive, and the times.

PURE. `edge.boards.format.wiring` looks at the electricity of the lines.
"""

from __future__ import annotations

from edge.boards.format.board import RELAYS, Board, Computer, InputName, LineLevel, OutputName, Pull, Rest
from edge.boards.format.kinds import Barrier, BarrierKind, Drive, Interlock
from edge.boards.format.problem import BoardProblem, error, warning

NOTICED_WITHIN = 0.25
"""Seconds, besides the debounce, within which the other gate of a mantrap surely reads this one's line."""

_RELAYS_OF = {
    Drive.HOLD: frozenset({OutputName.RELAY_OPEN}),
    Drive.PULSE: frozenset({OutputName.RELAY_OPEN}),
    Drive.UP_DOWN: frozenset({OutputName.RELAY_OPEN, OutputName.RELAY_CLOSE}),
    Drive.UP_STOP_DOWN: RELAYS,
}
_DRIVES_OF = {
    BarrierKind.MAGNETIC_LOCK: frozenset({Drive.HOLD}),
    BarrierKind.STRIKE: frozenset({Drive.HOLD, Drive.PULSE}),
}
_BEAMS = (InputName.BEAM_OUTER, InputName.BEAM_INNER)


def check_fit(board: Board) -> list[BoardProblem]:
    """Everything that does not fit between a board's lines and its barrier."""
    return [
        *_check_drive(board),
        *_check_rest(board),
        *_check_sensors(board),
        *_check_interlock(board),
        *_check_times(board),
    ]


def _check_drive(board: Board) -> list[BoardProblem]:
    barrier = board.barrier
    needed = _RELAYS_OF[barrier.drive]
    problems = [
        error(f"outputs.{name}", f"a barrier driven {barrier.drive} needs it", "name its pin")
        for name in sorted(needed - board.outputs.keys() - {OutputName.RELAY_OPEN})
    ]
    problems += [
        warning(f"outputs.{name}", f"a barrier driven {barrier.drive} never uses it", "remove it")
        for name in sorted(RELAYS & board.outputs.keys() - needed)
    ]
    if barrier.drive not in _DRIVES_OF.get(barrier.kind, frozenset(Drive)):
        problems.append(
            error(
                "barrier.drive",
                f"a {barrier.kind} cannot be driven {barrier.drive}",
                f"one of: {', '.join(sorted(_DRIVES_OF[barrier.kind]))}",
            )
        )
    return problems


def _check_rest(board: Board) -> list[BoardProblem]:
    """Problems with what the relays declare for power loss and process death."""
    holds = board.barrier.drive is Drive.HOLD
    problems = []
    declared = [
        (f"outputs.{name}.{field}", value)
        for name, relay in board.outputs.items()
        if name in RELAYS
        for field, value in (
            ("on_power_loss", relay.on_power_loss),
            ("on_process_death", relay.on_process_death),
        )
    ]
    for where, value in declared:
        if value is not None and (value is Rest.UNCHANGED) is holds:
            can = "released or secured" if holds else "unchanged"
            problems.append(
                error(
                    where, f"{value} is impossible for a barrier driven {board.barrier.drive}", f"write {can}"
                )
            )
    opening = board.outputs.get(OutputName.RELAY_OPEN)
    if opening is None:
        return problems
    if board.barrier.kind is BarrierKind.MAGNETIC_LOCK and opening.on_power_loss is Rest.SECURED:
        problems.append(
            warning(
                "outputs.relay_open.on_power_loss",
                "a magnetic lock holds by its current: without any it is released",
                'write "released", unless a battery of its own feeds it',
            )
        )
    drops = board.barrier.powered and holds and opening.on_process_death is Rest.SECURED
    if drops and board.computer is not Computer.SIMULATED:
        problems.append(
            warning(
                "outputs.relay_open.on_process_death",
                "when the process dies the barrier closes without checking that the way is clear",
                "its own controller must stop for an obstacle; or drive it by impulses",
            )
        )
    return problems


def _check_sensors(board: Board) -> list[BoardProblem]:
    problems = []
    if board.barrier.powered and InputName.OBSTACLE not in board.inputs:
        problems.append(
            warning(
                "inputs.obstacle",
                "a barrier that closes under power has no obstacle sensor here",
                "wire one, or make sure that the barrier's own controller has one that stops it",
            )
        )
    if not board.barrier.powered and InputName.DOOR_CONTACT not in board.inputs:
        problems.append(
            warning(
                "inputs.door_contact",
                "a door that is forced, or does not shut, is not noticed",
                "wire a contact that is closed while the door is shut",
            )
        )
    problems += _check_supervision(board)
    missing = [name for name in _BEAMS if name not in board.inputs]
    if missing:
        what = "one beam shows no direction" if len(missing) == 1 else "there are no beams"
        problems.append(
            warning(
                f"inputs.{missing[0]}",
                f"{what}: passages are estimated, and nobody sees a second person pass",
                "two beams across the lane, less than a stride apart",
            )
        )
    return problems


def _check_supervision(board: Board) -> list[BoardProblem]:
    """Warnings about movements of a powered barrier that no sensor watches."""
    barrier = board.barrier
    problems = []
    if barrier.powered and barrier.drive is not Drive.PULSE and InputName.DOOR_CONTACT not in board.inputs:
        problems.append(
            warning(
                "inputs.door_contact",
                "no sensor shows whether it opens in a fire, or closes",
                "wire its end switch for shut",
            )
        )
    if barrier.kind is not BarrierKind.SWING:
        return problems
    if not barrier.halts:
        problems.append(
            warning(
                "barrier.drive",
                f"driven {barrier.drive}, it cannot be stopped while it opens onto somebody",
                "its own controller must stop it (EN 12453); or drive it up_stop_down",
            )
        )
    if InputName.LEAF not in board.inputs:
        problems.append(
            warning(
                "inputs.leaf",
                "a leaf that swings onto somebody is not noticed",
                "wire the leaves' safety edges, or make sure that its own controller has them",
            )
        )
    return problems


def _check_interlock(board: Board) -> list[BoardProblem]:
    line, word = board.inputs.get(InputName.INTERLOCK), board.outputs.get(OutputName.INTERLOCK)
    if board.barrier.interlock is Interlock.NONE:
        return [
            warning(
                f"{where}.interlock", "wired, but the barrier is not part of a pair", "set barrier.interlock"
            )
            for where, wired in (("inputs", line), ("outputs", word))
            if wired is not None
        ]
    problems = [
        error(f"{where}.interlock", "a gate of a mantrap needs it", "name its pin")
        for where, wired in (("inputs", line), ("outputs", word))
        if wired is None
    ]
    if line is not None and (
        line.pull is Pull.NONE or (line.pull is Pull.UP) is (line.active is LineLevel.HIGH)
    ):
        problems.append(
            error(
                "inputs.interlock",
                "a cut wire would read as: the other gate is shut",
                'active = "low" with pull = "up", closed to ground by the other gate',
            )
        )
    if word is not None and (word.active is LineLevel.LOW or word.pull is not Pull.DOWN):
        problems.append(
            error(
                "outputs.interlock",
                "a gate without power or process would say that it is shut",
                'active = "high" with a pull-down outside: pull = "down"',
            )
        )
    if line is not None and board.barrier.interlock_settle < line.debounce + NOTICED_WITHIN:
        problems.append(
            error(
                "barrier.interlock_settle",
                f"{board.barrier.interlock_settle} s is too short for the other gate to object",
                f"at least {line.debounce + NOTICED_WITHIN:g} s; the same at both gates",
            )
        )
    return problems


def _check_times(board: Board) -> list[BoardProblem]:
    barrier = board.barrier
    problems = [
        error(
            f"barrier.{name}",
            f"{value} s is out of range",
            "write a positive number of seconds, less than a day",
        )
        for name, value in barrier.durations().items()
        if not 0 < value < 86_400
    ]
    problems += [
        error(f"barrier.{shorter}", f"it is not shorter than {longer}", why)
        for shorter, longer, why in _ORDERED
        if _applies(shorter, barrier) and barrier.durations()[shorter] >= barrier.durations()[longer]
    ]
    return problems


_ORDERED = (
    ("pulse", "open_time", "an impulse ends before the barrier closes"),
    ("clear_time", "held_time", "it closes before it is an alarm"),
    ("pulse", "travel", "an impulse ends before the barrier has arrived"),
    ("long_press", "stuck_time", "a long press is served before the button is called stuck"),
    ("open_time", "held_time", "an alarm comes after the time that people have"),
)


def _applies(shorter: str, barrier: Barrier) -> bool:
    return shorter != "pulse" or barrier.drive is not Drive.HOLD
