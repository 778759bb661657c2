"""gate.toml is written key by key: what somebody wrote by hand stays, and the gate's own parser reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.configuration import GateConfiguration
from edge.lane.configuration import LaneDirection, PinKind
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.setup.core import (
    IN_FOLDER,
    ON_SYSTEM,
    Answers,
    Draft,
    Places,
    answers_document,
    changed_document,
    changes,
    draft_of,
    new_document,
    summary,
)
from edge.support.toml import paths_beside, toml_in, typed
from edge.thermometry.configuration import ThermometerKind, ThermometerSection

DESK = ScannerSection(name="desk", kind=ScannerKind.SERIAL, device="/dev/serial/by-id/usb-1", baud=115200)
DRAFT = Draft(
    site="green-court",
    gate="east",
    direction=LaneDirection.EXIT,
    language="en",
    board="raspberry-pi-4",
    pins=PinKind.GPIO,
    camera="v4l2:2",
    scanner=(DESK,),
    thermometer=ThermometerSection(kind=ThermometerKind.MLX90614, address=0x5B),
    voice="/var/lib/gatepost/voice",
    screen=True,
    device="east-computer",
    console="https://0.0.0.0:8443",
)


def read(text: str) -> GateConfiguration:
    return typed(
        toml_in(text.encode(), "gate.toml"), GateConfiguration, "", paths_beside(Path("/x/gate.toml"))
    )


@pytest.mark.parametrize("places", [IN_FOLDER, ON_SYSTEM])
@pytest.mark.parametrize("connected", [False, True])
def test_what_is_written_is_what_the_gate_reads(places: Places, connected: bool) -> None:
    text = changed_document(new_document(places, connected=connected), Draft(), DRAFT, places)
    configuration = read(text)
    assert draft_of(configuration) == DRAFT
    served = configuration.journal.socket is not None
    assert served is (connected and bool(places.journal_socket))


BY_HAND = """\
# our own words
[gate]
id = "east"   # the one at the river
site = "green-court"
[registry]
inbox = "a"
folder = "b"
root_key = "c"
template_key = "d"
[journal]
path = "e"
keep = 5000
[vision]
camera = "v4l2:0"
width = 1280      # so that far faces are seen
[encounter]
give_up_after = 9.0
[[scanner]]
name = "old"
kind = "serial"
device = "/dev/ttyAMA0"
"""


def test_what_somebody_changed_by_hand_stays() -> None:
    before = draft_of(read(BY_HAND))
    text = changed_document(BY_HAND, before, replace(before, camera="v4l2:1"), ON_SYSTEM)
    assert text == BY_HAND.replace('"v4l2:0"', '"v4l2:1"')
    assert changes(BY_HAND, text) == ('vision.camera: "v4l2:0" → "v4l2:1"',)


def test_a_cameras_password_is_written_and_not_shown() -> None:
    secret = "rtsp://gate:s3cret@camera/stream"
    before = draft_of(read(BY_HAND))
    text = changed_document(BY_HAND, before, replace(before, camera=secret), ON_SYSTEM)
    assert secret in text
    shown = " ".join((*changes(BY_HAND, text), *summary(draft_of(read(text)))))
    assert "rtsp://gate:***@camera/stream" in shown
    assert "s3cret" not in shown


def test_nothing_chosen_anew_changes_not_a_byte() -> None:
    before = draft_of(read(BY_HAND))
    assert changed_document(BY_HAND, before, before, ON_SYSTEM) == BY_HAND


def test_what_is_taken_away_is_gone() -> None:
    full = changed_document(new_document(ON_SYSTEM, connected=False), Draft(), DRAFT, ON_SYSTEM)
    bare = replace(DRAFT, scanner=(), thermometer=ThermometerSection(), voice="", screen=False)
    assert draft_of(read(changed_document(full, DRAFT, bare, ON_SYSTEM))) == bare


def test_a_thermometers_own_offset_outlives_another_address() -> None:
    text = BY_HAND + '[thermometer]\nkind = "mlx90614"\noffset = 0.4   # measured in March\n'
    before = draft_of(read(text))
    moved = replace(before, thermometer=replace(before.thermometer, address=0x5B))
    after = changed_document(text, before, moved, ON_SYSTEM)
    assert "offset = 0.4   # measured in March" in after
    assert read(after).thermometer.address == 0x5B


_COMMENTED = """\
# the desk
[[scanner]]
name = "desk"
kind = "serial"
# by the window
device = "/dev/ttyAMA1"   # old
[thermometer]
# on the pole
kind = "mlx90614"
# above the last
[staff]
file = "f"
socket = "s"
"""


def test_comments_of_a_scanner_that_stays_and_of_another_thermometer_stay() -> None:
    text = f"{BY_HAND}{_COMMENTED}"
    before = draft_of(read(text))
    changed = replace(before, scanner=(DESK,), thermometer=ThermometerSection(kind=ThermometerKind.SIMULATED))
    after = changed_document(text, before, changed, ON_SYSTEM)
    assert draft_of(read(after)) == changed
    for comment in ("# by the window", "# old", "# on the pole", "# above the last"):
        assert comment in after


def test_answers_are_read_back_as_they_were_given() -> None:
    given = Answers(site="/media/a", board="simulated", scanner=DRAFT.scanner, thermometer=DRAFT.thermometer)
    text = answers_document(given)
    assert typed(toml_in(text.encode(), "setup.toml"), Answers, "") == given
    assert "every =" not in text, "a default is not written down"
