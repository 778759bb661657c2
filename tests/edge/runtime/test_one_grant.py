"""One grant for one person who stands there: what the whole gate does, says and writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from edge.admin.passes import PassRequest
from edge.boards.files import load_board
from edge.boards.format import OutputName
from edge.decision import FaceProblem, Mode, Outcome, Reason, Status, StatusRecord
from edge.devices.simulated import release_all, simulated_pins
from edge.journal.configuration import WhenFull
from edge.journal.format import LaneNoEntry
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.lane.configuration import LaneDirection
from edge.lane.driver import LaneDriver, LaneReport
from edge.lane.machine import Cause, Grant, Lock, Record, Unlock
from edge.liveness import LivenessReading
from edge.ports import AccessEvent
from edge.prompts.texts import ALREADY_ADMITTED, text_of
from edge.runtime.access_controller import AccessController
from edge.runtime.main_loop import MainLoop
from edge.runtime.people_counting import open_counter
from edge.vision.reports import Box, CodeSighting, FaceSighting, Sighting
from tests.edge.runtime.conftest import ENGINE, NOON, Bench, face_of
from tests.faults.pulled_card import pull

ANN, BOB, STRANGER = 1, 2, 7
HOUR = timedelta(hours=1)


def events(bench: Bench, *kinds: str) -> list[dict[str, Any]]:
    with closing(JournalReader(bench.configuration.journal.path)) as reader:
        return [entry.content for entry in reader.every() if entry.kind in kinds]


def openings(bench: Bench) -> int:
    return sum(move.output is OutputName.RELAY_OPEN and move.active for move in bench.lane.timeline)


def prompts(bench: Bench) -> list[str]:
    return [reason for report in bench.said if (reason := getattr(report.said, "reason", ""))]


def mode(bench: Bench, wanted: str) -> None:
    policy = bench.admin.folder / "policy.toml"
    policy.write_text(policy.read_text().replace('mode = "face_or_code"', f'mode = "{wanted}"'))
    bench.publish()


def on_board(bench: Bench, name: str) -> None:
    """Another board under the same gate."""
    bench.lane.close()
    board, pins = load_board(name), simulated_pins()
    release_all(board, pins)
    bench.lane = LaneDriver(board, pins, bench.said.append, bench.clock.monotonic)
    bench.lane.open()
    bench.controller = AccessController(
        bench.configuration, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )


def without_a_card(bench: Bench) -> None:
    """The card with the journal is pulled: nothing can be written down, however often it is tried."""
    pull(bench.configuration.journal.path.parent)


@pytest.mark.parametrize("by", ["face", "pass", "both"])
def test_a_resident_who_stands_there_for_a_minute_is_one_grant_and_one_opening(bench: Bench, by: str) -> None:
    text = bench.pass_text(PassRequest("ann"))
    codes, faces = (() if by == "face" else (text,)), (() if by == "pass" else (ANN,))
    passages = bench.show(*codes, faces=faces, seconds=61.0)
    assert [passage.decision.outcome for passage in passages] == [Outcome.GRANT]
    assert openings(bench) == 1
    assert prompts(bench).count(ALREADY_ADMITTED) in range(2, 8)
    assert passages[0].entry is not None
    [told] = events(bench, EventKind.STILL_BEFORE_GATE)
    assert told == {"subject": "ann", "reference": str(passages[0].entry.sequence), "grant": "unused"}

    bench.show(seconds=3.0)  # steps away
    [again] = bench.show(*codes, faces=faces, seconds=20.0)
    assert again.decision.outcome is Outcome.GRANT
    assert openings(bench) == 2


def test_what_they_are_told_says_what_to_do_in_both_languages() -> None:
    text = text_of(ALREADY_ADMITTED)
    assert text is not None
    assert "step away" in text.do.en
    assert "重新出示" in text.do.zh


def test_nobody_who_goes_through_or_away_is_told_anything(bench: Bench) -> None:
    bench.show(faces=(ANN,), seconds=1.0)
    bench.leave()
    bench.show(seconds=1.0)
    assert ALREADY_ADMITTED not in prompts(bench)
    assert events(bench, EventKind.STILL_BEFORE_GATE) == []


def test_a_pass_held_in_view_for_good_lets_in_once_until_it_is_shown_anew(bench: Bench) -> None:
    text = bench.pass_text(PassRequest("ann"))
    assert len(bench.show(text, seconds=120.0)) == 1
    bench.show(seconds=3.0)
    assert len(bench.show(text, seconds=30.0)) == 1


def test_the_next_one_does_not_wait_for_one_who_lingers(bench: Bench) -> None:
    bench.show(faces=(ANN,), seconds=12.0)
    passages = bench.show(faces=(ANN, BOB), seconds=2.0)
    assert [passage.decision.subject_id for passage in passages] == ["bob"]


@pytest.mark.parametrize("board", ["waveshare-rpi-relay-board-b", "boom-three-relays", "flap-turnstile"])
def test_without_beams_too_one_grant_is_one_person_s(bench: Bench, board: str) -> None:
    """Nobody sees whether they went through: that they still stand there says that they did not."""
    on_board(bench, board)
    assert len(bench.show(faces=(ANN,), seconds=61.0)) == 1
    assert prompts(bench).count(ALREADY_ADMITTED) >= 1
    bench.show(seconds=3.0)
    assert len(bench.show(faces=(ANN,), seconds=5.0)) == 1


def test_at_a_gate_for_both_ways_one_grant_is_one_person_s(bench: Bench) -> None:
    both = replace(bench.configuration, gate=replace(bench.configuration.gate, direction=LaneDirection.BOTH))
    bench.controller = AccessController(
        both, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )
    assert len(bench.show(faces=(ANN,), seconds=61.0)) == 1
    bench.show(seconds=3.0)
    assert len(bench.show(faces=(ANN,), seconds=5.0)) == 1


def test_the_staff_open_for_anyone_who_stands_there_as_ever(bench: Bench) -> None:
    bench.show(faces=(ANN,), seconds=20.0)
    assert not bench.barrier_is_open
    bench.lane.submit(Grant("", None, Cause.STAFF))
    bench.show(faces=(ANN,), seconds=0.5)
    assert bench.barrier_is_open
    assert openings(bench) == 2


def test_whom_a_lockdown_kept_out_is_let_in_when_it_ends_without_a_new_act(bench: Bench) -> None:
    bench.lane.submit(Lock("li-na"))
    bench.show(faces=(ANN,), seconds=5.0)
    assert not bench.barrier_is_open
    assert bench.controller.mode_shown() is Mode.LOCKED, "the screen asks nobody to look, or for a pass"
    bench.lane.submit(Unlock("li-na"))
    bench.show(faces=(ANN,), seconds=8.0)
    assert bench.controller.mode_shown() is bench.controller.mode() is not Mode.LOCKED
    assert openings(bench) == 1
    assert ALREADY_ADMITTED not in prompts(bench)


def test_a_grant_that_could_not_be_written_down_is_one_person_s_too(bench: Bench) -> None:
    section = replace(bench.configuration.journal, when_full=WhenFull.OPEN)
    configuration = replace(bench.configuration, journal=section)
    bench.controller = AccessController(
        configuration, bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    )
    without_a_card(bench)
    [passage] = bench.show(faces=(ANN,), seconds=61.0)
    assert (passage.decision.outcome, passage.entry) == (Outcome.GRANT, None)
    assert openings(bench) == 1


def test_a_pass_held_up_while_nothing_can_be_written_down_is_refused_once(bench: Bench) -> None:
    text = bench.pass_text(PassRequest("ann"))
    without_a_card(bench)
    [passage] = bench.show(text, seconds=35.0)
    assert passage.decision.reason is Reason.JOURNAL_UNAVAILABLE
    assert bench.journal.missed == 4, "it is tried again every ten seconds"
    assert prompts(bench).count(Reason.JOURNAL_UNAVAILABLE) == 1


def test_the_main_loop_tells_the_access_controller_what_became_of_a_grant(bench: Bench) -> None:
    board = load_board(bench.configuration.lane.board)
    counter = open_counter(bench.configuration, board, bench.journal, bench.registry_service.holdings)
    heard: SimpleQueue[Any] = SimpleQueue()
    loop = MainLoop(bench.controller, bench.journal, bench.clock, heard, (), counter)
    [passage] = bench.show(faces=(ANN,), seconds=1.0)
    assert passage.entry is not None
    heard.put(LaneReport(bench.clock.monotonic(), Record(LaneNoEntry("grant", str(passage.entry.sequence)))))
    loop.drain()
    bench.show(faces=(ANN,), seconds=0.2)
    counter.close()
    assert [event["grant"] for event in events(bench, EventKind.STILL_BEFORE_GATE)] == ["unused"]


# --- codes in view ------------------------------------------------------------------------------------


def looked(
    bench: Bench,
    seconds: float,
    *,
    codes: tuple[str, ...] = (),
    face: int | None = None,
    problem: FaceProblem | None = None,
) -> list[AccessEvent]:
    """Frames of a face that may be of no use, and codes."""
    passages = []
    for _ in range(round(10 * seconds)):
        bench.frame += 1
        template = b"" if face is None else face_of(face).tobytes()
        faces = (
            FaceSighting(
                1,
                Box(260, 100, 120, 150),
                0.9,
                landmarks=((float(bench.frame), 0.0),),  # no two frames are alike
                engine=ENGINE,
                template=template,
                problem=problem,
                liveness=LivenessReading(0.9) if template else None,
            ),
        )
        seen = tuple(CodeSighting(code, len(code)) for code in codes)
        now = bench.clock.monotonic()
        passage = bench.controller.handle(Sighting(bench.frame, now, "camera", 640, 480, faces, seen))
        bench.pump()
        passages += [] if passage is None else [passage]
        bench.clock.advance(0.1)
    return passages


@pytest.mark.parametrize("dark", [2.0, 10.0, 30.0])
def test_a_pass_held_up_in_the_dark_opens_when_there_is_light(bench: Bench, dark: float) -> None:
    mode(bench, "face_and_code")
    text = bench.pass_text(PassRequest("ann"))
    refused = looked(bench, dark, codes=(text,), problem=FaceProblem.TOO_DARK)
    assert {passage.decision.reason for passage in refused} <= {Reason.FACE_TOO_DARK}
    assert len(refused) == (0 if dark < 8.0 else 1), "the same refusal of the same pass is written once"
    [passage] = looked(bench, 1.0, codes=(text,), face=ANN)
    assert passage.decision.reason is Reason.FACE_AND_CODE_AGREE
    assert Reason.CODE_REQUIRED not in prompts(bench), "it does not ask for what it has"


def test_a_pass_held_up_counts_when_the_person_s_status_is_put_right(bench: Bench) -> None:
    store = bench.admin.store
    green = store.get("ann").status
    store.change(replace(store.get("ann"), status=StatusRecord(Status.RED, "district", "", "r", NOON - HOUR)))
    bench.publish()
    text = bench.pass_text(PassRequest("ann"))
    [refused] = bench.show(text, seconds=60.0)
    assert refused.decision.reason is Reason.STATUS_RED
    store.change(replace(store.get("ann"), status=green))
    bench.publish()
    [passage] = bench.show(text, seconds=11.0)
    assert passage.decision.outcome is Outcome.GRANT


def test_a_pass_held_up_is_read_again_before_it_counts_later(bench: Bench) -> None:
    """What was read of it long ago is not believed: it was withdrawn while the face was in the dark."""
    mode(bench, "face_and_code")
    text = bench.pass_text(PassRequest("ann"))
    looked(bench, 12.0, codes=(text,), problem=FaceProblem.TOO_DARK)
    bench.admin.store.revoke_pass(bench.admin.store.passes()[0].id)
    bench.publish()
    looked(bench, 1.1, codes=(text,), problem=FaceProblem.TOO_DARK)
    passages = looked(bench, 1.0, codes=(text,), face=ANN)
    assert [passage.decision.reason for passage in passages] == [Reason.PASS_REVOKED]


def test_somebody_else_s_pass_in_the_hand_does_not_keep_out_who_is_known_by_face(bench: Bench) -> None:
    text = bench.pass_text(PassRequest("ann"))
    bench.show(faces=(BOB,), seconds=0.1)
    refused, granted = bench.show(text, faces=(BOB,), seconds=3.0)
    assert refused.decision.reason is Reason.FACE_CODE_MISMATCH
    assert (granted.decision.outcome, granted.decision.subject_id) == (Outcome.GRANT, "bob")


def test_a_bad_pass_in_the_hand_does_not_keep_out_who_is_known_by_face(bench: Bench) -> None:
    text = bench.pass_text(PassRequest("ann"))
    bench.admin.store.revoke_pass(bench.admin.store.passes()[0].id)
    bench.publish()
    refused, granted = bench.show(text, faces=(ANN,), seconds=3.0)
    assert refused.decision.reason is Reason.PASS_REVOKED
    assert (granted.decision.outcome, granted.decision.subject_id) == (Outcome.GRANT, "ann")


def test_the_gate_does_not_ask_for_a_pass_where_a_bad_one_is_before_it(bench: Bench) -> None:
    mode(bench, "face_and_code")
    text = bench.pass_text(PassRequest("ann"))
    bench.admin.store.revoke_pass(bench.admin.store.passes()[0].id)
    bench.publish()
    bench.show(text, faces=(ANN,), seconds=15.0)
    asked = [reason for reason in prompts(bench) if reason in {Reason.CODE_REQUIRED, Reason.PASS_REVOKED}]
    assert asked == [Reason.PASS_REVOKED] * 2
    bench.show(faces=(ANN,), seconds=15.0)
    assert prompts(bench)[-1] == Reason.CODE_REQUIRED


def test_a_stolen_pass_that_goes_from_hand_to_hand_is_written_down_for_each(bench: Bench) -> None:
    mode(bench, "face_and_code")
    text, passages = bench.pass_text(PassRequest("ann")), []
    for stranger in (STRANGER, STRANGER + 1, STRANGER + 2):
        passages += bench.show(text, faces=(stranger,), seconds=15.0)
    assert [passage.decision.reason for passage in passages] == [Reason.FACE_CODE_MISMATCH] * 3


def test_a_bad_pass_left_at_the_gate_is_not_held_against_the_next_one(bench: Bench) -> None:
    mode(bench, "face_and_code")
    text = bench.pass_text(PassRequest("ann"))
    bench.admin.store.revoke_pass(bench.admin.store.passes()[0].id)
    bench.publish()
    bench.show(text, faces=(ANN,), seconds=5.0)
    bench.show(text, seconds=3.0)
    passages = bench.show(text, faces=(BOB,), seconds=12.0)
    assert [passage.decision.reason for passage in passages] == [Reason.CODE_REQUIRED]


def beside(bench: Bench, sticker: str, draw: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """Frames in which the camera reads a pass and a sticker beside it, each now and then."""
    text = bench.pass_text(PassRequest("ann"))
    for _ in range(100):
        read = tuple(code for code in (sticker, text) if draw.random() < 0.7)
        yield read if draw.random() < 0.5 else tuple(reversed(read))


def flashing(bench: Bench, forged: str, draw: np.random.Generator) -> Iterator[tuple[str, ...]]:
    """Frames with a pass and a telephone that shows one altered pass after another."""
    text = bench.pass_text(PassRequest("ann"))
    for number in range(100):
        flash = f"{forged[:-6]}{number:06}"
        yield (flash, text) if draw.random() < 0.5 else (text, flash)


@pytest.mark.parametrize("other", ["expired", "forged", "of another site", "flashing", "flashing poster"])
def test_two_codes_in_view_keep_nobody_out(bench: Bench, other: str) -> None:
    """Twenty people, each with a good pass and something else beside it: all are let in, within a second."""
    genuine = bench.pass_text(PassRequest("bob"))
    expired = bench.pass_text(PassRequest("visitor:1", True, NOON - 9 * HOUR, NOON - HOUR))
    stickers = {"expired": expired, "forged": genuine[:-9] + genuine[-6:-3] + genuine[-9:-6] + genuine[-3:]}
    waited = []
    for trial in range(20):
        draw, began = np.random.default_rng(trial), bench.clock.monotonic()
        if other.startswith("flashing"):
            frames = flashing(bench, genuine if other == "flashing" else "https://example.org/000000", draw)
        else:
            frames = beside(bench, stickers.get(other, "HC1:NOT A PASS OF THIS SITE"), draw)
        for codes in frames:
            passages = bench.show(*codes, seconds=0.1)
            if any(passage.decision.outcome is Outcome.GRANT for passage in passages):
                break
        waited.append(bench.clock.monotonic() - began)
        bench.leave()
    assert max(waited) < 1.2


def test_two_people_s_passes_at_once_are_asked_for_one_at_a_time(bench: Bench) -> None:
    ann, bob = bench.pass_text(PassRequest("ann")), bench.pass_text(PassRequest("bob"))
    assert bench.show(ann, bob, seconds=3.0) == []
    assert Reason.SEVERAL_CODES in prompts(bench)
    [passage] = bench.show(bob, seconds=1.0)
    assert passage.decision.subject_id == "bob"
