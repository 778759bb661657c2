"""A gate that probes itself: the probe goes the way of every code, and does nothing but be written down."""

from __future__ import annotations

from queue import SimpleQueue

import pytest
from msgspec.structs import replace

from edge.admin.passes import PassRequest
from edge.admin.probe_pass import probe_pass
from edge.boards.files import load_board
from edge.decision import ClockTrust, Decision, Mode, Outcome, PassVerdict, Reason
from edge.journal.format import ProbeDecided, understood
from edge.ports import Noted
from edge.runtime.main_loop import MainLoop, Reported
from edge.runtime.people_counting import open_counter
from edge.runtime.probing import AGAIN_AFTER, FIRST_AFTER, Prober, what_is_wrong
from edge.support.due import NEVER
from edge.vision.reports import CameraReport, CameraState, WorkerFailed
from tests.edge.credentials.own_pass.test_own_pass import KEY
from tests.edge.runtime.conftest import Bench

EVERY = 300.0


def prober(bench: Bench, every: float = EVERY) -> Prober:
    return Prober(every, bench.controller, bench.clock.monotonic)


def due(bench: Bench, probing: Prober) -> ProbeDecided | None:
    """The probe after its time has come."""
    bench.clock.advance(EVERY)
    return probing.poll(bench.clock.monotonic())


def test_a_probe_goes_all_the_way_and_is_denied_as_a_test_code(bench: Bench) -> None:
    probed = due(bench, prober(bench))
    assert probed is not None
    assert (probed.code, probed.decision.outcome) == (PassVerdict.GENUINE, Outcome.DENY)
    assert (probed.decision.reason, probed.decision.rule) == (Reason.TEST_CODE, "pass.probe")
    assert probed.decision.subject_id is None
    assert (probed.registry, probed.wrong) == (1, ())


def test_a_probe_moves_and_says_nothing_and_counts_nowhere(bench: Bench) -> None:
    heard: SimpleQueue[Reported] = SimpleQueue()
    told: list[object] = []
    board = load_board(bench.configuration.lane.board)
    counter = open_counter(bench.configuration, board, bench.journal, bench.registry_service.holdings)
    loop = MainLoop(
        bench.controller, bench.journal, bench.clock, heard, (told.append,), counter, prober=prober(bench)
    )
    before, said = counter.figures(), len(bench.said)
    bench.clock.advance(EVERY)
    loop.poll()
    last = bench.journal.last()
    assert last is not None
    decided = understood(last)
    assert isinstance(decided, ProbeDecided)
    assert told == [Noted(decided, last)], "that it was written down, and nothing to announce"
    assert len(bench.said) == said
    assert not bench.barrier_is_open
    assert counter.figures() == before
    counter.close()


def test_nobody_who_stands_before_the_gate_waits_for_a_probe(bench: Bench) -> None:
    probing = prober(bench)
    bench.clock.advance(EVERY)
    bench.show(faces=(1,))
    now = bench.clock.monotonic()
    assert probing.poll(now) is None
    assert probing.next_due() == now + AGAIN_AFTER
    bench.leave()
    assert probing.poll(bench.clock.monotonic()) is not None


def test_the_first_probe_comes_soon_and_the_others_in_their_time(bench: Bench) -> None:
    probing, start = prober(bench), bench.clock.monotonic()
    assert probing.next_due() == start + FIRST_AFTER
    bench.clock.advance(FIRST_AFTER)
    assert probing.poll(bench.clock.monotonic()) is not None
    assert probing.poll(bench.clock.monotonic()) is None
    assert probing.next_due() == start + FIRST_AFTER + EVERY


def test_a_gate_that_is_told_not_to_probe_does_not(bench: Bench) -> None:
    assert prober(bench, 0.0).next_due() == NEVER
    assert due(bench, prober(bench, 0.0)) is None


@pytest.mark.parametrize(
    ("state", "wrong"),
    [
        (CameraState.STREAMING, ()),
        (CameraState.BLIND, ("camera",)),
        (CameraState.GONE, ("camera",)),
        (CameraState.STALLED, ("camera",)),
        (CameraState.OPENING, ("camera",)),
    ],
)
def test_a_gate_without_eyes_does_not_work(bench: Bench, state: CameraState, wrong: tuple[str, ...]) -> None:
    probing = prober(bench)
    probing.hear(CameraReport(state, 0.0))
    probed = due(bench, probing)
    assert probed is not None
    assert (probed.camera, probed.wrong) == (state, wrong)


def test_a_worker_that_died_is_no_camera(bench: Bench) -> None:
    probing = prober(bench)
    probing.hear(CameraReport(CameraState.STREAMING, 0.0))
    probing.hear(WorkerFailed(0.0, "hung", 1))
    probed = due(bench, probing)
    assert probed is not None
    assert (probed.camera, probed.wrong) == ("failed", ("camera",))


def test_what_is_not_a_genuine_probe_pass_is_told(bench: Bench) -> None:
    """Somebody else's key, or a pass of a person in its place: the gate would believe what it must not."""
    for text in (probe_pass("green-court", KEY), bench.pass_text(PassRequest("ann")), "weixin://x"):
        verdict = bench.controller.verdict_on(text)
        assert "code" in what_is_wrong(verdict, "streaming")


def test_what_keeps_everybody_out_is_told(bench: Bench) -> None:
    """A registry that is too old, a clock that is not believed: nobody passes, and the probe says why."""
    verdict = bench.controller.verdict_on(bench.controller.probe_pass())
    for reason in (Reason.REGISTRY_STALE, Reason.CLOCK_UNTRUSTED, Reason.POLICY_MISSING):
        kept_out = replace(verdict, decision=Decision(Outcome.DENY, reason, "stale.close_after"))
        assert what_is_wrong(kept_out, "streaming") == (reason.value,)
    opened = replace(verdict, decision=Decision(Outcome.GRANT, Reason.GATE_FREE, "gates.main.mode"))
    assert what_is_wrong(opened, "streaming") == ("granted",)


def test_a_locked_gate_works(bench: Bench) -> None:
    bench.controller.decider.ordered = lambda: Mode.LOCKED
    probed = due(bench, prober(bench))
    assert probed is not None
    assert (probed.decision.reason, probed.wrong) == (Reason.GATE_LOCKED, ())


# --- in the hand of a person ------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.LOCKED])
def test_in_a_persons_hand_it_opens_nothing_in_any_mode(bench: Bench, mode: Mode) -> None:
    bench.controller.decider.ordered = lambda: mode
    text = bench.controller.probe_pass()
    shown = bench.show(text, seconds=3.0)
    assert {event.decision.outcome for event in shown} <= {Outcome.DENY}
    assert not bench.barrier_is_open


def test_whoever_shows_it_is_told_that_it_is_a_test_code(bench: Bench) -> None:
    [denied] = bench.show(bench.controller.probe_pass(), seconds=2.0)
    assert denied.decision.reason is Reason.TEST_CODE
    assert (denied.decision.subject_id, denied.decision.rule) == (None, "pass.probe")
    assert bench.clock.wall().trust is ClockTrust.TRUSTED
