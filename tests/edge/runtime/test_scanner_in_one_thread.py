"""Scanner and keypad of a whole gate that has no camera, on a clock that is played, in one thread."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as changed

from edge.decision import Outcome, Reason
from edge.journal.format import ScannerState
from edge.lane.driver import LaneReport
from edge.lane.machine import Prompt
from edge.ports import AccessEvent
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.vision.configuration import NO_CAMERA
from tests.edge.alone import IMPULSE
from tests.edge.runtime.test_typed_numbers import NUMBER, WithKeypad
from tests.edge.scanners.scripted import ScriptedLine
from tests.simulation.plan import Town
from tests.simulation.site import Site, found_site


class ByCable(WithKeypad):
    """A gate with a scanner and a keypad on cables, and nothing that sees."""

    def __init__(self, folder: Path, site: Site) -> None:
        super().__init__(folder, site)
        self.lines = {"desk": ScriptedLine(), "pad": ScriptedLine()}
        kinds = {"desk": ScannerKind.SERIAL, "pad": ScannerKind.KEYPAD}
        self.configuration = changed(
            self.configuration,
            vision=changed(self.configuration.vision, camera=NO_CAMERA),
            scanner=tuple(ScannerSection(name, kind, f"/dev/{name}") for name, kind in kinds.items()),
        )
        self.machine = replace(self.machine, scanner=lambda section, _: self.lines[section.name])

    def send(self, name: str, data: bytes, then: float = 60.0) -> list[AccessEvent]:
        """What is decided after a scanner or the keypad has sent something."""
        before = len(self.heard)
        self.lines[name].sends.append(data)
        self._tasks.wake(f"scanner {name}")
        self.pass_time(then)
        return [heard for heard in self.heard[before:] if isinstance(heard, AccessEvent)]


@pytest.fixture(scope="module")
def site() -> Site:
    return found_site(7, Town())


def test_a_pass_and_a_number_open_and_a_cable_that_is_pulled_is_written_down(
    tmp_path: Path, site: Site
) -> None:
    here, threads = ByCable(tmp_path / "gate", site), threading.enumerate()
    gate = here.begin()
    here.pass_time(1.0)
    here.publish_numbers()
    [by_pass] = here.send("desk", site.passes.own("p001").text.encode() + b"\r\n")
    assert (by_pass.decision.subject_id, by_pass.input) == ("p001", "desk")
    [by_number] = here.send("pad", NUMBER.encode() + b"#")
    assert (by_number.decision.subject_id, by_number.input) == ("visitor:3f9c", "pad")
    [wrong] = here.send("pad", b"11223344\r")
    assert (wrong.decision.outcome, wrong.decision.reason) == (Outcome.DENY, Reason.CODE_UNKNOWN)
    assert here.send("desk", b"half a code") == []
    assert here.send("pad", b"#") == []
    asked = [heard.said for heard in here.heard if isinstance(heard, LaneReport)]
    assert Prompt("keypad_type_number") in asked
    here.lines["desk"].there = False
    assert here.send("desk", b"") == []
    here.end(gate)

    assert here.impulses() == [pytest.approx(IMPULSE, abs=1e-6)] * 2
    assert threading.enumerate() == threads
    states = [(event.name, event.state) for event in here.journal() if isinstance(event, ScannerState)]
    assert {*states[:2]} == {("desk", "working"), ("pad", "working")}
    assert list(dict.fromkeys(states[2:])) == [("desk", "noisy"), ("desk", "gone")]
