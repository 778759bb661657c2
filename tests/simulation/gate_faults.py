"""What goes wrong with a gate's computer, and at its lane: each begins, and returns what ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random

from edge.boards.format import InputName
from edge.vision.reports import CameraReport, CameraState, CodeSighting, Sighting
from tests.simulation.card import Snapshot
from tests.simulation.computer import Computer
from tests.simulation.plan import Fault, FaultEvent
from tests.simulation.readers import Readers
from tests.simulation.scheduler import Scheduler

End = Callable[[], None]

_WRITES_WITHIN = 600.0
"""Seconds after which a process that has not written by then is killed as it is."""
_SET_RIGHT_WITHIN = (60.0, 600.0, 3600.0)
"""Seconds after which a clock that was set is set right."""
_TYPES_IN = 3.0
"""Seconds in which somebody types a number."""
_FLOODS_WITH = 40
"""Letters of a code of which nobody knows the meaning."""


@dataclass(frozen=True)
class Ground:
    """What the faults of gates are played on. `copies` are the snapshots that were made for later."""

    scheduler: Scheduler
    computers: dict[str, Computer]
    copies: dict[FaultEvent, Snapshot]
    calm_from: float
    clone: Callable[[FaultEvent], End]

    def later(self, seconds: float, call: End) -> None:
        """Do it then, or when all has to be calm."""
        self.scheduler.at(min(self.scheduler.now + seconds, self.calm_from), call)


Begin = Callable[[Ground, Computer, FaultEvent], End]


def begin(ground: Ground, event: FaultEvent) -> End:
    """Begin a fault of the plan. Raises KeyError for one that is not a gate's."""
    return GATE_FAULTS[event.fault](ground, ground.computers[event.target], event)


def _is_over() -> None:
    """End what lasted for one moment."""


# --- processes and power -----------------------------------------------------------------------------


def _kill_gate(ground: Ground, computer: Computer, event: FaultEvent) -> End:
    computer.kill_gate(max(1, round(event.value)))
    ground.later(_WRITES_WITHIN, computer.kill_gate_if_armed)
    return _is_over


def _kill_sync(ground: Ground, computer: Computer, event: FaultEvent) -> End:
    computer.kill_sync(max(1, round(event.value)))
    ground.later(_WRITES_WITHIN, computer.kill_sync_if_armed)
    return _is_over


def _cut_power(_: Ground, computer: Computer, event: FaultEvent) -> End:
    computer.cut_power(Random(event.seed))
    return computer.boot_soon


# --- the card ------------------------------------------------------------------------------------------


def _card_is(attribute: str) -> Begin:
    def begin_it(_: Ground, computer: Computer, event: FaultEvent) -> End:  # noqa: ARG001 - as every fault
        setattr(computer.card, attribute, True)
        return lambda: setattr(computer.card, attribute, False)

    return begin_it


def _put_noise(_: Ground, computer: Computer, event: FaultEvent) -> End:
    random = Random(event.seed)
    computer.cut_power(random)
    computer.card.damage_journal(random, "state/journal.sqlite")
    computer.card_changed(event.fault.value)
    computer.boot_soon()
    return _is_over


def _put_back(ground: Ground, computer: Computer, event: FaultEvent) -> End:
    random = Random(event.seed)
    computer.cut_power(random)
    computer.card.restore(ground.copies.pop(event), file_by_file=random.random() < 0.5)
    computer.card_changed(event.fault.value)
    computer.boot_soon()
    return _is_over


def _damage_state_file(_: Ground, computer: Computer, event: FaultEvent) -> End:
    random = Random(event.seed)
    computer.cut_power(random)
    name = computer.card.damage_state_file(random)
    computer.card_changed(event.fault.value, name)
    computer.boot_soon()
    return _is_over


def _clone(ground: Ground, _: Computer, event: FaultEvent) -> End:
    return ground.clone(event)


# --- clocks --------------------------------------------------------------------------------------------


def _step_clock(ground: Ground, computer: Computer, event: FaultEvent) -> End:
    computer.clock.step(event.value)
    computer.tell_clock()
    ground.later(Random(event.seed).choice(_SET_RIGHT_WITHIN), computer.set_clock_right)
    return _is_over


def _let_clock_drift(ground: Ground, computer: Computer, event: FaultEvent) -> End:
    computer.clock.drift(event.value)
    computer.tell_clock()
    ground.scheduler.at(ground.calm_from, computer.set_clock_right)
    return _is_over


def _unset_clock(_: Ground, computer: Computer, event: FaultEvent) -> End:
    computer.cut_power(Random(event.seed))
    computer.boot_soon(unset=True)
    return computer.set_clock_right


# --- the lane ------------------------------------------------------------------------------------------


def _take_camera(ground: Ground, computer: Computer, event: FaultEvent) -> End:  # noqa: ARG001
    def end() -> None:
        computer.camera_works = True
        computer.report(CameraReport(CameraState.STREAMING, computer.monotonic()))

    computer.camera_works = False
    computer.report(CameraReport(CameraState.GONE, computer.monotonic(), "unplugged"))
    return end


def _lose_edges(_: Ground, computer: Computer, event: FaultEvent) -> End:  # noqa: ARG001
    computer.lane.lose_edges(lost=True)
    return lambda: computer.lane.lose_edges(lost=False)


def _hold(line: InputName) -> Begin:
    def begin_it(_: Ground, computer: Computer, event: FaultEvent) -> End:
        computer.lane.hold(line, event.seconds)
        return _is_over

    return begin_it


def _bounce(_: Ground, computer: Computer, event: FaultEvent) -> End:  # noqa: ARG001
    computer.lane.bounce(InputName.EXIT_REQUEST)
    return _is_over


def _flood_with_codes(ground: Ground, computer: Computer, event: FaultEvent) -> End:
    """Somebody plays codes from a screen, one after the other."""
    random, ends = Random(event.seed), ground.scheduler.now + event.seconds
    pause, frame = 60.0 / event.value, [10_000_000]

    def show() -> None:
        if ground.scheduler.now >= ends:
            return
        frame[0] += 1
        text = random.randbytes(_FLOODS_WITH // 2).hex()
        at = computer.monotonic()
        code = CodeSighting(text, len(text))
        computer.report(Sighting(frame[0], at, "camera", 640, 480, codes=(code,)))
        ground.scheduler.after(pause, show)

    show()
    return _is_over


# --- cables --------------------------------------------------------------------------------------------


def _unplug(_: Ground, computer: Computer, event: FaultEvent) -> End:
    readers = _readers(computer)
    readers.unplug(Random(event.seed))
    return readers.plug_in


def _send_junk(_: Ground, computer: Computer, event: FaultEvent) -> End:
    _readers(computer).send_junk(Random(event.seed))
    return _is_over


def _guess(ground: Ground, computer: Computer, event: FaultEvent) -> End:
    """Somebody types numbers that are nobody's: of six digits, as no visitor here has."""
    random, readers = Random(event.seed), _readers(computer)
    for count in range(round(event.value)):
        digits = f"{random.randrange(10**6):06d}"
        ground.scheduler.after(count * _TYPES_IN, partial(readers.type, digits))
    return _is_over


def _hold_key(_: Ground, computer: Computer, event: FaultEvent) -> End:  # noqa: ARG001 - as every fault
    readers = _readers(computer)
    readers.hold_key("2")
    return readers.free_key


def _readers(computer: Computer) -> Readers:
    assert computer.readers is not None, "drawn for gates that have a scanner"
    return computer.readers


GATE_FAULTS: Mapping[Fault, Begin] = {
    Fault.GATE_KILLED: _kill_gate,
    Fault.SYNC_KILLED: _kill_sync,
    Fault.POWER_CUT: _cut_power,
    Fault.CARD_FULL: _card_is("full"),
    Fault.CARD_READ_ONLY: _card_is("read_only"),
    Fault.CARD_FAILS: _card_is("fails"),
    Fault.CARD_NOISE: _put_noise,
    Fault.CARD_RESTORED: _put_back,
    Fault.CARD_CLONED: _clone,
    Fault.STATE_FILE_DAMAGED: _damage_state_file,
    Fault.CLOCK_STEPPED: _step_clock,
    Fault.CLOCK_DRIFTS: _let_clock_drift,
    Fault.CLOCK_UNSET: _unset_clock,
    Fault.CAMERA_GONE: _take_camera,
    Fault.EDGE_LOST: _lose_edges,
    Fault.BUTTON_HELD: _hold(InputName.EXIT_REQUEST),
    Fault.BUTTON_BOUNCES: _bounce,
    Fault.FIRE: _hold(InputName.FIRE),
    Fault.CODES_FLOOD: _flood_with_codes,
    Fault.READERS_UNPLUGGED: _unplug,
    Fault.SCANNER_JUNK: _send_junk,
    Fault.KEYPAD_GUESSED: _guess,
    Fault.KEY_STUCK: _hold_key,
}
"""How each fault of a gate begins."""
