"""Codes from a scanner go the way of the camera's: one encounter, one decision, one event."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from msgspec.structs import replace

from edge.admin.passes import PassRequest
from edge.decision import Outcome, Reason, Status, StatusRecord
from edge.journal.format import CodeFlood, Entry, event_of
from edge.journal.reader import JournalReader
from edge.ports import AccessEvent
from edge.scanners.core import CodeScanned
from tests.edge.runtime.conftest import NOON, Bench

HOUR = timedelta(hours=1)


def scan(bench: Bench, text: str, *, name: str = "desk", passed_over: int = 0) -> list[AccessEvent]:
    """One code is read by a scanner, in a moment; what was decided."""
    scanned = CodeScanned(name, text, len(text), bench.clock.monotonic(), passed_over)
    passage = bench.controller.scan(scanned)
    bench.pump()
    return _checked(bench, passage)


def wait(bench: Bench, seconds: float) -> list[AccessEvent]:
    """Time passes without a frame, as the main loop lets it: polled when it is due."""
    ends, decided = bench.clock.monotonic() + seconds, list[AccessEvent]()
    while bench.clock.monotonic() < ends:
        now = bench.clock.monotonic()
        bench.clock.advance(max(0.01, min(ends, bench.controller.next_due(now), bench.pump()) - now))
        decided += _checked(bench, bench.controller.poll())
        bench.pump()
    return decided


def _checked(bench: Bench, passage: AccessEvent | None) -> list[AccessEvent]:
    if passage is None:
        return []
    bench.decides_again(passage)
    return [passage]


def face_and_code(bench: Bench) -> None:
    policy = bench.admin.folder / "policy.toml"
    policy.write_text(policy.read_text().replace('mode = "face_or_code"', 'mode = "face_and_code"'))
    bench.publish()


def prompts(bench: Bench) -> list[str]:
    return [reason for report in bench.said if (reason := getattr(report.said, "reason", ""))]


def test_a_pass_opens_without_any_camera_and_the_event_names_the_scanner(bench: Bench) -> None:
    [passage] = scan(bench, bench.pass_text(PassRequest("ann")))
    assert (passage.decision.outcome, passage.decision.subject_id) == (Outcome.GRANT, "ann")
    assert passage.entry is not None
    assert passage.entry.content["input"] == passage.input == "desk"
    assert bench.barrier_is_open


def test_a_pass_that_stays_before_a_scanner_is_one_event_and_one_that_comes_again_another(
    bench: Bench,
) -> None:
    text = bench.pass_text(PassRequest("ann"))
    decided = []
    for _ in range(20):  # it reads all the time
        decided += scan(bench, text)
        decided += wait(bench, 0.3)
    assert [one.decision.outcome for one in decided] == [Outcome.GRANT]
    assert wait(bench, 30.0) == []
    assert [one.decision.outcome for one in scan(bench, text)] == [Outcome.GRANT]


def test_a_pass_that_is_refused_is_answered_each_time_it_is_scanned(bench: Bench) -> None:
    """Who scans again has heard nothing, or hopes: silence is no answer."""
    for _ in range(3):
        [passage] = scan(bench, "https://example.org/menu") + wait(bench, 1.5)
        assert (passage.decision.outcome, passage.decision.reason) == (Outcome.DENY, Reason.NOT_A_PASS)
        assert wait(bench, 5.0) == []


def test_a_pass_after_what_is_none_counts_within_the_moment(bench: Bench) -> None:
    assert scan(bench, "https://example.org/menu") == []
    wait(bench, 0.5)
    [passage] = scan(bench, bench.pass_text(PassRequest("ann")))
    assert passage.decision.outcome is Outcome.GRANT
    assert wait(bench, 20.0) == []


def test_a_bad_status_is_refused_at_once_and_after_the_next_scan_again(bench: Bench) -> None:
    store, text = bench.admin.store, bench.pass_text(PassRequest("ann"))
    red = StatusRecord(Status.RED, "district", "positive test", "2020-03", NOON - HOUR)
    store.change(replace(store.get("ann"), status=red))
    bench.publish()
    for _ in range(2):
        [passage] = scan(bench, text)
        assert passage.decision.reason is Reason.STATUS_RED
        assert wait(bench, 6.0) == []


# --- face and code in one ---------------------------------------------------------------------


@pytest.mark.parametrize("pause", [0.0, 1.5, 5.0])
def test_a_code_from_a_scanner_and_a_face_from_the_camera_are_one_event(bench: Bench, pause: float) -> None:
    face_and_code(bench)
    assert scan(bench, bench.pass_text(PassRequest("ann"))) == []
    assert bench.show(seconds=pause) == [] if pause else True
    [passage] = bench.show(faces=(1,), seconds=2.0)
    assert (passage.decision.reason, passage.input) == (Reason.FACE_AND_CODE_AGREE, "desk")
    assert bench.barrier_is_open


def test_the_face_may_come_first(bench: Bench) -> None:
    face_and_code(bench)
    assert bench.show(faces=(1,), seconds=1.0) == []
    [passage] = scan(bench, bench.pass_text(PassRequest("ann")))
    assert (passage.decision.reason, passage.input) == (Reason.FACE_AND_CODE_AGREE, "desk")


def test_another_s_face_does_not_go_with_the_code(bench: Bench) -> None:
    face_and_code(bench)
    scan(bench, bench.pass_text(PassRequest("ann")))
    [passage] = bench.show(faces=(2,), seconds=3.0)
    assert passage.decision.reason is Reason.FACE_CODE_MISMATCH


def test_the_same_code_before_scanner_and_camera_is_decided_on_once(bench: Bench) -> None:
    text = bench.pass_text(PassRequest("ann"))
    decided = scan(bench, text) + bench.show(text, seconds=1.0) + scan(bench, text)
    decided += bench.show(text, seconds=1.0)
    assert [one.decision.outcome for one in decided] == [Outcome.GRANT]


@pytest.mark.parametrize("camera", ["looks", "is dark"])
def test_who_scanned_and_shows_no_face_is_asked_for_it_and_then_refused(bench: Bench, camera: str) -> None:
    face_and_code(bench)
    passing: Callable[[float], list[AccessEvent]] = (
        (lambda seconds: bench.show(seconds=seconds))
        if camera == "looks"
        else (lambda seconds: wait(bench, seconds))
    )
    assert scan(bench, bench.pass_text(PassRequest("ann"))) + passing(3.0) == []
    assert Reason.FACE_REQUIRED in prompts(bench)
    [passage] = passing(8.0)
    assert (passage.decision.outcome, passage.decision.reason) == (Outcome.DENY, Reason.FACE_REQUIRED)
    assert passing(20.0) == []


def test_a_scan_in_the_middle_of_a_face_s_encounter_takes_nobody_out_of_view(bench: Bench) -> None:
    bench.show(faces=(7,), seconds=1.0)  # a stranger stands there
    [passage] = scan(bench, bench.pass_text(PassRequest("ann")))
    assert passage.decision.subject_id == "ann"
    assert bench.show(faces=(7,), seconds=3.0) == [], "they were let through, and walk on"


def test_a_camera_that_is_lost_after_a_scan_keeps_nobody_from_scanning_again(bench: Bench) -> None:
    text = bench.pass_text(PassRequest("ann"))
    [first] = bench.show(text, faces=(1,), seconds=0.5)
    assert first.decision.outcome is Outcome.GRANT
    bench.leave()  # and from here on no frame comes
    for _ in range(2):
        [passage] = scan(bench, text)
        assert passage.decision.outcome is Outcome.GRANT
        assert wait(bench, 30.0) == []


# --- many codes -----------------------------------------------------------------------------------


def test_a_flood_of_codes_is_counted_and_keeps_no_pass_from_being_read(bench: Bench) -> None:
    for number in range(200):
        scan(bench, f"https://example.org/{number}", passed_over=4)
        wait(bench, 0.05)
    wait(bench, 70.0)
    floods = [event_of(entry) for entry in entries(bench) if entry.kind == "code_flood"]
    told = sum(event.ignored for event in floods if isinstance(event, CodeFlood))
    assert told > 200 * 4 + 100, "those that the scanner passed over, and those that came too fast"
    [passage] = scan(bench, bench.pass_text(PassRequest("ann")))
    assert passage.decision.outcome is Outcome.GRANT


def test_time_rests_when_nobody_is_there(bench: Bench) -> None:
    scan(bench, bench.pass_text(PassRequest("ann")))
    wait(bench, 60.0)
    assert bench.controller.next_due(bench.clock.monotonic()) == float("inf")
    assert bench.controller.at_rest(bench.clock.monotonic())


def entries(bench: Bench) -> list[Entry]:
    with closing(JournalReader(bench.configuration.journal.path)) as reader:
        return list(reader.every())
