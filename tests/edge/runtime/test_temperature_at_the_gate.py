"""A thermometer at the gate: advice after two measurements, written with its offset, never a denial."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path
from threading import Event
from time import perf_counter

import pytest
from msgspec.structs import replace

from edge.admin.passes import PassRequest
from edge.configuration import load_configuration
from edge.decision import LastAccess, Mode, Outcome, Reason, Sample, TemperatureReading, reading_of
from edge.diagnostics.check import check_gate
from edge.diagnostics.check_result import Verdict
from edge.gate import run_gate
from edge.journal.format.kinds import EventKind
from edge.journal.reader import JournalReader
from edge.lane.configuration import LaneDirection
from edge.ports import AccessEvent, NobodyCounts, PeopleCount
from edge.runtime.access_controller import AccessController
from edge.runtime.main_loop import Heard
from edge.scanners.configuration import ScannerKind, ScannerSection
from edge.thermometry.configuration import ThermometerKind, ThermometerSection
from edge.vision.configuration import NO_CAMERA
from tests.edge.runtime.conftest import NOON, Bench
from tests.events import noted
from tests.waiting import PATIENT, soon

SECTION = ThermometerSection(ThermometerKind.SIMULATED, offset=0.5)


class Measuring:
    """A thermometer that measures four times a second what the test says, by the bench's clock."""

    def __init__(self, bench: Bench, celsius: Callable[[float], float], **around: float) -> None:
        self._bench = bench
        self._celsius = celsius
        self._around = around
        self.works = True
        self.persons: list[TemperatureReading] = []

    def reading(self, since: float) -> TemperatureReading | None:
        if not self.works:
            return None
        steps = int(4 * (self._bench.clock.monotonic() - since)) + 1
        samples = [
            Sample(since + step / 4, self._celsius(step / 4), self._around.get("ambient"))
            for step in range(steps)
        ]
        return reading_of(samples, since, SECTION.worth)

    def working(self, now: float) -> bool:
        del now
        return self.works

    def note_reading(self, reading: TemperatureReading) -> None:
        self.persons.append(reading)


class ComesAfterTheFirstQuestion(Measuring):
    """A thermometer that has nothing when it is first asked, and a reading ever after."""

    def __init__(self, bench: Bench, reading: TemperatureReading) -> None:
        super().__init__(bench, lambda _: reading.celsius)
        self._readings = chain([None], repeat(reading))

    def reading(self, since: float) -> TemperatureReading | None:
        del since
        return next(self._readings)


class AskedFor(NobodyCounts):
    """Remembers of whom a decision asked when they were last here: each decision on somebody asks once."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def last_access(self, subject: str) -> LastAccess | None:
        self.names.append(subject)
        return None


def with_thermometer(
    bench: Bench,
    measuring: Measuring | None,
    direction: LaneDirection | None = None,
    people: PeopleCount | None = None,
    stopwatch: Callable[[], float] = perf_counter,
) -> None:
    gate = bench.configuration.gate
    configuration = replace(
        bench.configuration, thermometer=SECTION, gate=replace(gate, direction=direction or gate.direction)
    )
    bench.controller = AccessController(
        configuration,
        bench.clock,
        bench.journal,
        bench.lane,
        bench.registry_service.holdings,
        thermometer=measuring,
        people=people,
        stopwatch=stopwatch,
    )


def outcome(passages: list[AccessEvent]) -> tuple[Outcome, Reason]:
    [passage] = passages
    return passage.decision.outcome, passage.decision.reason


def asked_to_wait(bench: Bench) -> int:
    return sum(getattr(report.said, "reason", "") == Reason.TEMPERATURE_HIGH for report in bench.said)


def test_a_normal_temperature_costs_the_time_of_one_measurement(bench: Bench) -> None:
    with_thermometer(bench, Measuring(bench, lambda _: 36.0))
    passages = bench.show(faces=(1,), seconds=1.0)
    assert outcome(passages) == (Outcome.GRANT, Reason.FACE_MATCHED)
    reading = passages[0].evidence.temperature
    assert reading is not None
    assert (reading.celsius, reading.raw, reading.offset, reading.valid) == (36.5, 36.0, 0.5, True)
    assert 0.0 < passages[0].latency_ms["thermometer"] < 1000.0


def test_a_high_temperature_is_measured_again_before_the_staff_are_called(bench: Bench) -> None:
    measuring = Measuring(bench, lambda _: 38.0)
    with_thermometer(bench, measuring)
    assert bench.show(faces=(1,), seconds=0.5) == []
    assert asked_to_wait(bench) == 1
    assert not bench.barrier_is_open
    passages = bench.show(faces=(1,), seconds=1.0)
    assert outcome(passages) == (Outcome.REFER, Reason.TEMPERATURE_HIGH)
    with closing(JournalReader(bench.configuration.journal.path)) as reader:
        [entry] = reader.newest(1)
    told = entry.content["evidence"]["temperature"]
    assert (told["celsius"], told["again"], told["raw"], told["offset"]) == (38.5, 38.5, 38.0, 0.5)
    assert measuring.persons == [passages[0].evidence.temperature]


@pytest.mark.parametrize(
    ("celsius", "valid"),
    [
        (lambda at: 38.5 if at < 0.4 else 36.0, True),  # hot for a moment
        (lambda at: 38.5 if at < 0.3 else 20.0, True),  # and then nobody stood there
        (lambda at: 36.0 if round(at * 4) % 2 else 39.0, False),  # unsteady
        (lambda _: 20.0, False),
    ],
)
def test_whatever_is_not_measured_twice_is_held_against_nobody(
    bench: Bench, celsius: Callable[[float], float], valid: bool
) -> None:
    with_thermometer(bench, Measuring(bench, celsius))
    passages = bench.show(faces=(1,), seconds=5.0)
    assert outcome(passages) == (Outcome.GRANT, Reason.FACE_MATCHED)
    reading = passages[0].evidence.temperature
    assert reading is not None
    assert reading.valid is valid


def test_heat_around_makes_a_reading_worth_nothing_and_it_says_so(bench: Bench) -> None:
    with_thermometer(bench, Measuring(bench, lambda _: 39.0, ambient=48.0))
    passages = bench.show(faces=(1,), seconds=2.0)
    assert outcome(passages) == (Outcome.GRANT, Reason.FACE_MATCHED)
    reading = passages[0].evidence.temperature
    assert reading is not None
    assert (reading.valid, reading.why, reading.ambient) == (False, "ambient", 48.0)


def test_a_thermometer_that_does_not_answer_keeps_nobody_waiting(bench: Bench) -> None:
    measuring = Measuring(bench, lambda _: 39.0)
    measuring.works = False
    with_thermometer(bench, measuring)
    passages = bench.show(faces=(1,), seconds=0.3)
    assert outcome(passages) == (Outcome.GRANT, Reason.FACE_MATCHED)
    assert passages[0].evidence.temperature is None


def test_one_that_dies_while_somebody_waits_for_it_lets_them_go(bench: Bench) -> None:
    measuring = Measuring(bench, lambda _: 39.0)
    with_thermometer(bench, measuring)
    assert bench.show(faces=(1,), seconds=0.4) == []
    measuring.works = False
    assert outcome(bench.show(faces=(1,), seconds=0.2)) == (Outcome.GRANT, Reason.FACE_MATCHED)


def test_somebody_is_decided_on_once_and_once_more_if_they_had_to_wait(bench: Bench) -> None:
    people = AskedFor()
    with_thermometer(bench, None, people=people)
    assert outcome(bench.show(faces=(1,), seconds=1.0)) == (Outcome.GRANT, Reason.FACE_MATCHED)
    assert people.names == ["ann"]

    with_thermometer(bench, Measuring(bench, lambda _: 20.0), people=people)
    assert outcome(bench.show(faces=(2,), seconds=5.0)) == (Outcome.GRANT, Reason.FACE_MATCHED)
    assert people.names == ["ann", "bob", "bob"], "however long they waited"


def test_a_measurement_that_comes_while_somebody_is_decided_on_is_not_lost(bench: Bench) -> None:
    """The thermometer measures in its own thread: what a wait ends for is what the decision rests on."""
    high = TemperatureReading(38.5, again=38.5)
    with_thermometer(bench, ComesAfterTheFirstQuestion(bench, high))
    passages = bench.show(faces=(1,), seconds=1.0)
    assert outcome(passages) == (Outcome.REFER, Reason.TEMPERATURE_HIGH)
    assert passages[0].evidence.temperature == high


@pytest.mark.parametrize("waits", [False, True])
def test_the_latency_has_the_deciding_in_it_once(bench: Bench, *, waits: bool) -> None:
    """By a clock that only deciding takes time on: 50 ms."""
    seconds = [0.0]

    class Slow(NobodyCounts):
        def last_access(self, subject: str) -> LastAccess | None:
            del subject
            seconds[0] += 0.05
            return None

    measuring = Measuring(bench, lambda _: 20.0) if waits else None
    with_thermometer(bench, measuring, people=Slow(), stopwatch=lambda: seconds[0])
    [passage] = bench.show(faces=(1,), seconds=3.0)
    waited = passage.latency_ms.pop("thermometer", 0.0)
    assert (waited > 0.0) is waits
    assert {stage for stage, took in passage.latency_ms.items() if took} <= {"decide", "gather", "total"}
    assert (passage.latency_ms["decide"], passage.latency_ms["total"]) == (50.0, 50.0 + waited)


def test_somebody_refused_anyway_does_not_wait_for_the_thermometer(bench: Bench) -> None:
    with_thermometer(bench, Measuring(bench, lambda _: 20.0))
    store = bench.admin.store
    store.change(replace(store.get("ann"), groups=frozenset({"nobody"})))
    bench.publish()
    assert outcome(bench.show(faces=(1,), seconds=0.3)) == (Outcome.DENY, Reason.GROUP_NOT_ALLOWED)


def test_a_second_person_does_not_lose_the_first_one_s_decision(bench: Bench) -> None:
    with_thermometer(bench, Measuring(bench, lambda _: 39.0))
    assert bench.show(faces=(1,), seconds=0.3) == []
    text = bench.pass_text(PassRequest("bob"))
    passages = bench.show(text, faces=(2,), seconds=6.0)
    assert [passage.decision.subject_id for passage in passages] == ["ann", "bob"]


def test_somebody_who_waits_is_one_encounter_however_long_they_show_themselves(bench: Bench) -> None:
    with_thermometer(bench, Measuring(bench, lambda _: 39.0))
    text = bench.pass_text(PassRequest("ann"))
    assert len(bench.show(text, faces=(1,), seconds=6.0)) == 1


def test_anyone_who_went_away_while_they_had_to_wait_opens_for_nobody(bench: Bench) -> None:
    with_thermometer(bench, Measuring(bench, lambda at: 38.0 if at < 0.4 else 20.0))
    assert bench.show(faces=(1,), seconds=0.3) == []
    assert bench.show(seconds=5.0) == []
    assert not bench.barrier_is_open
    bench.leave()
    assert len(bench.show(faces=(2,), seconds=5.0)) == 1, "and the next one is attended to"


def test_when_the_input_ends_whoever_waited_is_decided_on(bench: Bench) -> None:
    with_thermometer(bench, Measuring(bench, lambda _: 39.0))
    assert bench.show(faces=(1,), seconds=0.3) == []
    passage = bench.controller.finish()
    assert passage is not None
    assert passage.decision.outcome is Outcome.GRANT


def configured(bench: Bench, tmp_path: Path, section: str) -> Path:
    """The bench's gate.toml for a daemon of its own, with a pass before its camera."""
    import cv2

    from tests.edge.vision.conftest import code_image

    cv2.imwrite(str(tmp_path / "pass.png"), code_image(bench.pass_text(PassRequest("ann"))))
    bench.lane.close()
    bench.journal.close()
    path = bench.admin.folder / "gates" / "main" / "gate.toml"
    text = (
        path.read_text().replace('"v4l2:0"', f'"folder:{tmp_path}"\nhold = 2.0').replace('"sface"', '"none"')
    )
    path.write_text(f"{text}\n[thermometer]\n{section}\n")
    return path


def test_the_running_gate_says_that_its_thermometer_talks_nonsense_and_goes_on(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.thermometry.serial_line._TIMEOUT", 0.2)
    device, near = os.openpty()
    os.set_blocking(device, False)
    done = threading.Event()

    def babble() -> None:
        while not done.wait(0.05):
            try:
                os.write(device, b"warm, thank you\r\n")
            except OSError:
                continue

    talking = threading.Thread(target=babble, daemon=True)
    talking.start()
    section = f'kind = "serial"\nport = "{os.ttyname(near)}"\nsilent_after = 2.0'
    path = configured(bench, tmp_path, section)
    heard: list[Heard] = []
    stop = Event()

    def hear(news: Heard) -> None:
        heard.append(news)

    gate = threading.Thread(target=run_gate, args=(load_configuration(path), stop), kwargs={"listener": hear})
    gate.start()
    try:
        journal = load_configuration(path).journal.path

        def told() -> list[str]:
            with closing(JournalReader(journal)) as reader:
                return [
                    entry.content["detail"]
                    for entry in reader.every()
                    if entry.kind == EventKind.THERMOMETER_STATE
                ]

        soon(lambda: any(isinstance(item, AccessEvent) for item in heard) and told())
        assert any("warm, thank you" in detail for detail in told())
        passage = next(item for item in heard if isinstance(item, AccessEvent))
        assert passage.decision.outcome is Outcome.GRANT
    finally:
        stop.set()
        gate.join(PATIENT)
        done.set()
        talking.join(PATIENT)
        os.close(device)
        os.close(near)


@pytest.mark.parametrize(
    ("section", "verdict", "words"),
    [
        ("", Verdict.GOOD, "none is asked for"),
        ('kind = "simulated"', Verdict.WARNING, "36.50 °C"),
        ('kind = "serial"\nport = "/dev/ttyNONE"', Verdict.WARNING, "/dev/ttyNONE"),
        ('kind = "mlx90614"\nbus = 99', Verdict.WARNING, "/dev/i2c-99"),
    ],
)
def test_gate_check_looks_at_the_thermometer(
    bench: Bench, tmp_path: Path, section: str, verdict: Verdict, words: str
) -> None:
    configuration = load_configuration(configured(bench, tmp_path, section))
    blind = replace(  # nor is a worker started
        configuration,
        vision=replace(configuration.vision, camera=NO_CAMERA),
        scanner=(ScannerSection("desk", ScannerKind.SERIAL, "/dev/serial/by-id/none"),),
    )
    [finding] = [found for found in check_gate(blind) if found.what == "thermometer"]
    assert finding.verdict is verdict
    assert words in finding.text


# --- what happens while somebody waits ---------------------------------------------------------

VISITOR = PassRequest("visitor:1", True, NOON, NOON + timedelta(hours=1), once=True)


def before_a_slow_thermometer(bench: Bench, request: PassRequest) -> None:
    """Somebody shows a pass and waits: the thermometer has nothing of them yet."""
    with_thermometer(bench, NothingYet(bench, lambda _: 36.0))
    assert bench.show(bench.pass_text(request), seconds=0.3) == []


class NothingYet(Measuring):
    def reading(self, since: float) -> TemperatureReading | None:
        del since
        return None


def revoke_the_pass(bench: Bench) -> None:
    bench.admin.store.revoke_pass(bench.admin.store.passes()[0].id)
    bench.publish()


def use_the_pass(bench: Bench) -> None:
    """As another of the gate's readers may: the journal alone says what is used."""
    bench.journal.append(noted(), bench.clock.wall(), used_pass=bench.admin.store.passes()[0].id)


def revoke_the_person(bench: Bench) -> None:
    bench.admin.store.remove("ann")
    bench.publish()


def lock_down(bench: Bench) -> None:
    bench.controller.decider.ordered = lambda: Mode.LOCKED


@pytest.mark.parametrize(
    ("request_", "meanwhile", "reason"),
    [
        (VISITOR, revoke_the_pass, Reason.PASS_REVOKED),
        (PassRequest("ann"), revoke_the_pass, Reason.PASS_REVOKED),
        (VISITOR, use_the_pass, Reason.PASS_USED),
        (PassRequest("ann"), revoke_the_person, Reason.SUBJECT_UNKNOWN),
        (VISITOR, lock_down, Reason.GATE_LOCKED),
    ],
)
def test_what_happens_while_somebody_waits_counts(
    bench: Bench, request_: PassRequest, meanwhile: Callable[[Bench], None], reason: Reason
) -> None:
    before_a_slow_thermometer(bench, request_)
    meanwhile(bench)
    assert outcome(bench.show(seconds=3.0)) == (Outcome.DENY, reason)
    assert not bench.barrier_is_open
