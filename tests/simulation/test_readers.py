"""What goes over the cables of a gate without a camera."""

from __future__ import annotations

from random import Random

import pytest

from edge.errors import DeviceError
from edge.scanners.core import Code, Frames, FrameShape
from edge.scanners.core.framing import End
from edge.vision.reports import CodeSighting, Sighting
from tests.simulation.checkers.readers import DESK, PAD
from tests.simulation.observations import Observation, Scanned
from tests.simulation.readers import Cable, Readers
from tests.simulation.scheduler import Scheduler
from tests.simulation.site import SHAPES, ReaderShape


class Lively:
    """A process that reads."""

    lives = True


def readers(shape: ReaderShape, told: list[Observation]) -> tuple[Readers, Scheduler]:
    scheduler = Scheduler(1)
    made = Readers("main", shape, scheduler, told.append, Random(3))
    made.read_by(Lively(), lambda _: None)  # type: ignore[arg-type]
    for cable in made.cables.values():
        cable.open()
    return made, scheduler


def shown(*texts: str) -> Sighting:
    codes = tuple(CodeSighting(text, len(text)) for text in texts)
    return Sighting(1, 0.0, "camera", 640, 480, (), codes)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: repr(shape.mark))
def test_a_code_comes_as_the_product_reads_it(shape: ReaderShape) -> None:
    read = Frames(FrameShape(End(shape.end), shape.prefix.encode(), shape.suffix.encode()))
    assert read.add(shape.framed("GP1:ABC"), 0.0) == [Code("GP1:ABC", 7)]


def test_a_code_is_held_up_once_and_again_where_nobody_answers() -> None:
    told: list[Observation] = []
    made, scheduler = readers(SHAPES[0], told)
    for _ in range(3):
        made.see(shown("GP1:ABC"))
    scheduler.run(4.0)
    made.see(shown("GP1:ABC"))
    made.answered()
    scheduler.run(8.0)
    made.see(shown("GP1:ABC"))
    scheduler.run(9.0)
    assert made.cables[DESK].read(0.0) == 2 * SHAPES[0].framed("GP1:ABC")
    assert [type(one) for one in told] == [Scanned, Scanned]


def test_a_number_is_typed() -> None:
    told: list[Observation] = []
    made, _ = readers(SHAPES[0], told)
    made.see(shown("keypad:12345678"))
    assert made.cables[PAD].read(0.0) == b"*12345678#"
    assert [getattr(one, "reader", "") for one in told] == [PAD]


def test_nothing_comes_over_a_cable_that_is_not_plugged_in() -> None:
    told: list[Observation] = []
    made, _ = readers(SHAPES[0], told)
    made.unplug(Random(1))
    made.see(shown("GP1:ABC"))
    assert told == []
    with pytest.raises(DeviceError):
        made.cables[DESK].read(0.0)
    made.plug_in()
    made.cables[DESK].open()
    assert made.cables[DESK].read(0.0) == b""


def test_what_was_sent_to_a_process_that_died_is_gone() -> None:
    cable = Cable()
    cable.open()
    cable.send(b"half")
    cable.lose()
    cable.send(b"more")
    cable.open()
    assert cable.read(0.0) == b""
