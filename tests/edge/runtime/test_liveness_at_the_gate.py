"""Faces that may be pictures, before a gate whose policy asks: from sighting to lane and journal."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from math import hypot
from pathlib import Path

import pytest
from msgspec.structs import replace

import models
from edge.admin.passes import PassRequest
from edge.configuration import GateConfiguration
from edge.decision import TEXTS, Cover, FaceProblem, LivenessMeans, Outcome, Reason
from edge.diagnostics.check import check_beside
from edge.diagnostics.check_result import Verdict
from edge.journal.reader import JournalReader
from edge.liveness import Landmarks, LivenessReading, pose_of
from edge.ports import AccessEvent
from edge.prompts.configuration import PromptsSection
from edge.runtime.access_controller import AccessController
from edge.runtime.living_faces import liveness_means
from edge.vision.configuration import LivenessName
from edge.vision.liveness.factory import MODELS, LivenessMeasures
from edge.vision.reports import Box, CodeSighting, FaceSighting, Sighting
from tests.edge.runtime.conftest import ENGINE, Bench, face_of

ANN = 1


def asks_for(bench: Bench, rule: str) -> None:
    policy = bench.admin.folder / "policy.toml"
    policy.write_text(policy.read_text().replace('mode = "passive"', rule))
    bench.publish()


def marks(turn: float, jitter: float = 0.0) -> Landmarks:
    """Five landmarks of a head that is turned so far."""
    half = 25.0 / hypot(1.0, turn / 0.44)
    middle = 320.0 + jitter
    nose = middle + turn * 2.0 * half
    return (
        (middle - half, 200),
        (middle + half, 200),
        (nose, 230),
        (middle - half, 250),
        (middle + half, 250),
    )


class Lane:
    """What stands before the gate, frame by frame (ten a second)."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.heard = 0
        self.prompt = ""
        self.since = 0.0

    def show(
        self,
        liveness: float | None,
        seconds: float,
        *codes: str,
        turn: Callable[[str, float], float] = lambda _prompt, _since: 0.0,
        eyes: Callable[[str, float], float | None] = lambda _prompt, _since: None,
        behind: Cover | FaceProblem | None = None,
        frozen: bool = False,
    ) -> list[AccessEvent]:
        """Ann's face for a while. `turn` is how she turns and `eyes` how open her eyes are, from what she was
        asked and how long ago; they seem to be shut `behind` something.
        """
        bench, passages = self.bench, []
        for number in range(round(seconds / 0.1)):
            now = bench.clock.monotonic()
            points = marks(turn(self.prompt, now - self.since), 0.0 if frozen else 0.01 * (bench.frame % 7))
            bench.frame += 1
            ratio = eyes(self.prompt, now - self.since)
            hidden = behind if ratio is not None and ratio < 0.1 else None
            problem = hidden if isinstance(hidden, FaceProblem) else None
            embedded = problem is None and (number < 3 or number % 3 == 0)
            face = FaceSighting(
                track=ANN,
                box=Box(260, 100, 120, 150),
                confidence=0.9,
                landmarks=points,
                pose=pose_of(points),
                eyes=ratio,
                problem=problem,
                covered=hidden if isinstance(hidden, Cover) else None,
                engine=ENGINE,
                template=face_of(ANN).tobytes() if embedded else b"",
                liveness=LivenessReading(liveness) if embedded and liveness is not None else None,
            )
            told = tuple(CodeSighting(text, len(text)) for text in codes)
            passage = bench.controller.handle(Sighting(bench.frame, now, "camera", 640, 480, (face,), told))
            bench.lane.pump()
            self._listen(now)
            passages += [] if passage is None else [passage]
            bench.clock.advance(0.1)
        return passages

    @property
    def prompts(self) -> list[str]:
        return [text for report in self.bench.said if (text := getattr(report.said, "reason", ""))]

    def _listen(self, now: float) -> None:
        prompts = self.prompts
        if len(prompts) > self.heard:
            self.heard, self.prompt, self.since = len(prompts), prompts[-1], now


def obedient(prompt: str, since: float) -> float:
    far = 0.3 if since > 0.5 else 0.0
    return {Reason.TURN_LEFT.value: far, Reason.TURN_RIGHT.value: -far}.get(prompt, 0.0)


def blinking(prompt: str, since: float) -> float:
    """Eyes that close when they are asked to."""
    return 0.05 if prompt == Reason.CLOSE_EYES and 0.5 < since < 1.1 else 0.3


def without_nets(bench: Bench, means: LivenessMeans) -> None:
    """The gate of the bench, as it is where no net is on its computer."""
    parts = bench.clock, bench.journal, bench.lane, bench.registry_service.holdings
    bench.controller = AccessController(bench.configuration, *parts, liveness=means)


@pytest.fixture
def lane(bench: Bench) -> Lane:
    return Lane(bench)


def outcome_of(passage: AccessEvent) -> tuple[Outcome, Reason]:
    return passage.decision.outcome, passage.decision.reason


def test_a_living_face_opens_after_three_frames(bench: Bench, lane: Lane) -> None:
    asks_for(bench, 'mode = "passive"')
    [passage] = lane.show(0.9, 2.0)
    assert outcome_of(passage) == (Outcome.GRANT, Reason.FACE_MATCHED)
    assert passage.latency_ms["gather"] == pytest.approx(200.0, abs=1.0)
    with closing(JournalReader(bench.configuration.journal.path)) as reader:
        [entry] = reader.newest(1)
    face = entry.content["evidence"]["face"]
    assert (face["liveness"], face["liveness_frames"]) == (pytest.approx(0.9), 3)


def test_a_photograph_is_asked_for_a_pass_then_referred_and_the_journal_says_why(
    bench: Bench, lane: Lane
) -> None:
    asks_for(bench, 'mode = "passive"')
    assert lane.show(0.05, 3.0) == []
    assert lane.prompts == [Reason.FACE_NOT_LIVE]
    [passage] = lane.show(0.05, 6.0)
    assert outcome_of(passage) == (Outcome.REFER, Reason.FACE_NOT_LIVE)
    assert not bench.barrier_is_open
    with closing(JournalReader(bench.configuration.journal.path)) as reader:
        [entry] = reader.newest(1)
    face = entry.content["evidence"]["face"]
    assert (face["finding"], face.get("subject_id")) == ("spoof", None)
    assert face["liveness"] < 0.5


def test_a_photograph_that_is_taken_away_again_is_written_down_too(bench: Bench, lane: Lane) -> None:
    asks_for(bench, 'mode = "passive"')
    assert lane.show(0.05, 1.5) == []
    [passage] = bench.show(seconds=3.0)
    assert outcome_of(passage) == (Outcome.REFER, Reason.FACE_NOT_LIVE)


def test_a_code_opens_for_whom_the_camera_takes_for_a_picture(bench: Bench, lane: Lane) -> None:
    asks_for(bench, 'mode = "passive"')
    assert lane.show(0.05, 2.0) == []
    [passage] = lane.show(0.05, 1.0, bench.pass_text(PassRequest("ann")))
    assert outcome_of(passage) == (Outcome.GRANT, Reason.CODE_ACCEPTED)


@pytest.mark.parametrize(
    ("gate", "seconds", "became"),
    [
        ("face_or_code", 0.1, (Outcome.GRANT, Reason.CODE_ACCEPTED)),
        ("face", 1.5, (Outcome.REFER, Reason.FACE_NOT_LIVE)),
        ("face_and_code", 1.5, (Outcome.REFER, Reason.FACE_NOT_LIVE)),
    ],
)
def test_a_pass_after_a_refused_face_opens_in_its_first_frame_or_calls_the_staff(
    bench: Bench, lane: Lane, gate: str, seconds: float, became: tuple[Outcome, Reason]
) -> None:
    policy = bench.admin.folder / "policy.toml"
    rules, places = re.subn(r'(?<=\[gates\.main\]\nmode = )"\w+"', f'"{gate}"', policy.read_text())
    assert places == 1
    policy.write_text(rules)
    bench.publish()
    [refused] = lane.show(0.05, 12.0)
    assert refused.decision.outcome is not Outcome.GRANT
    [passage] = lane.show(0.05, seconds, bench.pass_text(PassRequest("ann")))
    assert outcome_of(passage) == became
    assert bench.barrier_is_open is (became[0] is Outcome.GRANT)


@pytest.mark.parametrize("why", ["no nets on this machine", "a picture that never changes"])
def test_a_face_that_is_not_measured_does_not_open(bench: Bench, lane: Lane, why: str) -> None:
    asks_for(bench, 'mode = "passive"')
    frozen = why == "a picture that never changes"
    [passage] = lane.show(0.9 if frozen else None, 9.0, frozen=frozen)
    assert outcome_of(passage) == (Outcome.REFER, Reason.FACE_LIVENESS_UNMEASURED)
    assert lane.prompts[0] == Reason.FACE_LIVENESS_UNMEASURED
    assert not bench.barrier_is_open


def test_without_the_rule_the_measure_is_written_down_and_decides_nothing(bench: Bench, lane: Lane) -> None:
    asks_for(bench, 'mode = "off"')
    [passage] = lane.show(0.05, 2.0)
    assert passage.decision.outcome is Outcome.GRANT
    assert passage.evidence.face is not None
    assert passage.evidence.face.liveness == pytest.approx(0.05)
    assert bench.barrier_is_open


def test_a_resident_who_turns_as_asked_comes_in(bench: Bench, lane: Lane) -> None:
    asks_for(bench, 'mode = "active"\nmoves = 2')
    [passage] = lane.show(0.9, 8.0, turn=obedient)
    assert outcome_of(passage) == (Outcome.GRANT, Reason.FACE_MATCHED)
    assert passage.evidence.face is not None
    assert passage.evidence.face.challenge == "passed"
    assert {*lane.prompts} <= {Reason.TURN_LEFT, Reason.TURN_RIGHT, Reason.FACE_REQUIRED}


@pytest.mark.parametrize(("act", "seconds"), [("holds still", 14.0), ("turns the other way", 8.0)])
def test_who_does_not_turn_as_asked_is_referred_after_two_attempts(
    bench: Bench, lane: Lane, act: str, seconds: float
) -> None:
    asks_for(bench, 'mode = "active"')
    sign = 0.0 if act == "holds still" else -1.0
    [passage] = lane.show(0.9, seconds, turn=lambda prompt, since: sign * obedient(prompt, since))
    assert outcome_of(passage) == (Outcome.REFER, Reason.FACE_UNANSWERED)
    assert sum(prompt in {Reason.TURN_LEFT, Reason.TURN_RIGHT} for prompt in lane.prompts) == 2
    assert not bench.barrier_is_open


def test_a_picture_is_never_asked_to_turn(bench: Bench, lane: Lane) -> None:
    asks_for(bench, 'mode = "active"')
    [passage] = lane.show(0.05, 9.0, turn=obedient)
    assert outcome_of(passage) == (Outcome.REFER, Reason.FACE_NOT_LIVE)
    assert Reason.TURN_LEFT not in lane.prompts
    assert Reason.TURN_RIGHT not in lane.prompts


@pytest.mark.parametrize("mode", ["passive", "active"])
def test_without_nets_a_resident_who_moves_as_asked_comes_in_and_the_journal_says_how(
    bench: Bench, lane: Lane, mode: str
) -> None:
    asks_for(bench, f'mode = "{mode}"\nmoves = 2')
    without_nets(bench, LivenessMeans.MOVES)
    [passage] = lane.show(None, 8.0, turn=obedient)
    assert outcome_of(passage) == (Outcome.GRANT, Reason.FACE_MATCHED)
    with closing(JournalReader(bench.configuration.journal.path)) as reader:
        [entry] = reader.newest(1)
    assert entry.content["liveness"] == "moves"
    assert entry.content["evidence"]["face"]["challenge"] == "passed"


@pytest.mark.parametrize(("means", "asked"), [(LivenessMeans.MOVES, True), (LivenessMeans.PASS, False)])
def test_without_nets_a_photograph_never_opens_and_its_holder_is_told_to_show_a_pass(
    bench: Bench, lane: Lane, means: LivenessMeans, asked: bool
) -> None:
    asks_for(bench, 'mode = "passive"')
    without_nets(bench, means)
    [passage] = lane.show(None, 14.0)
    assert passage.decision.outcome is Outcome.REFER
    assert "show your pass" in TEXTS[passage.decision.reason].do.en
    assert any(prompt.startswith(("turn", "close")) for prompt in lane.prompts) is asked
    assert not bench.barrier_is_open


def test_who_cannot_turn_is_asked_to_close_their_eyes_where_the_mesh_sees_them(
    bench: Bench, lane: Lane
) -> None:
    asks_for(bench, 'mode = "active"')
    [passage] = lane.show(0.9, 20.0, eyes=blinking)
    assert outcome_of(passage) == (Outcome.GRANT, Reason.FACE_MATCHED)
    assert Reason.CLOSE_EYES in lane.prompts


@pytest.mark.parametrize("behind", [Cover.SUNGLASSES, Cover.HAND, FaceProblem.BLURRED])
def test_a_finger_drawn_over_the_eyes_of_a_picture_shuts_none(
    bench: Bench, lane: Lane, behind: Cover | FaceProblem
) -> None:
    """Nor does a hand that trembles: of what is blurred or covered the mesh only guesses."""
    asks_for(bench, 'mode = "active"')
    [passage] = lane.show(0.9, 20.0, eyes=blinking, behind=behind)
    assert outcome_of(passage) == (Outcome.REFER, Reason.FACE_UNANSWERED)
    assert not bench.barrier_is_open


@pytest.mark.parametrize("means", [LivenessMeans.NETS, LivenessMeans.MOVES])
def test_a_head_turned_so_far_that_nobody_knows_whose_it_is_answers_for_no_picture(
    bench: Bench, lane: Lane, means: LivenessMeans
) -> None:
    """It takes the place of the picture for a moment, soon after that was compared."""
    asks_for(bench, 'mode = "active"')
    without_nets(bench, means)

    def aside(prompt: str, since: float) -> float | None:
        return 0.05 if obedient(prompt, since) else None

    [passage] = lane.show(0.9, 20.0, turn=obedient, eyes=aside, behind=FaceProblem.TURNED_AWAY)
    assert outcome_of(passage) == (Outcome.REFER, Reason.FACE_UNANSWERED)
    assert not bench.barrier_is_open


def findings(configuration: GateConfiguration) -> list[tuple[Verdict, str]]:
    """What the check says of liveness: of this machine, and of what the policy asks for."""
    return [
        (found.verdict, found.text)
        for found in check_beside(configuration)
        if found.what == "liveness" or (found.what == "policy" and "face" in found.text)
    ]


SCREEN = PromptsSection(screen=True)


@pytest.mark.parametrize(
    ("rule", "prompts", "verdict", "said"),
    [
        ('mode = "off"', SCREEN, Verdict.WARNING, "a photograph of a resident is as good as their face"),
        ('mode = "passive"', SCREEN, Verdict.WARNING, "is asked to turn their head, some five seconds"),
        ('mode = "active"', SCREEN, Verdict.WARNING, "is asked to turn their head, some five seconds"),
        ('mode = "passive"', PromptsSection(), Verdict.BAD, "no face opens this gate, passes do"),
        ('mode = "passive"', PromptsSection(voice=Path("voice")), Verdict.WARNING, "is asked to turn"),
    ],
)
def test_the_check_says_what_is_lost_without_the_nets(
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rule: str,
    prompts: PromptsSection,
    verdict: Verdict,
    said: str,
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path / "empty"))
    asks_for(bench, rule)
    [nets, mesh, policy] = findings(replace(bench.configuration, prompts=prompts))
    assert nets[0] is mesh[0] is Verdict.WARNING
    assert "is not measured" in nets[1]
    assert "nobody can be asked to close their eyes" in mesh[1]
    assert policy[0] is verdict
    assert said in policy[1]


def test_the_check_misses_the_mesh_at_a_gate_that_spares_the_nets(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a gate asks for moves: without the mesh a print that is bent and turned makes them."""
    monkeypatch.setenv("GATEPOST_MODELS", str(tmp_path / "empty"))
    vision = replace(bench.configuration.vision, liveness=LivenessName.OFF)
    nets, mesh, *_ = findings(replace(bench.configuration, vision=vision))
    assert nets == (Verdict.GOOD, "is not measured here")
    assert mesh[0] is Verdict.WARNING
    assert "nobody can be asked to close their eyes" in mesh[1]


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("rule", "prompts", "said"),
    [
        ('mode = "passive"\nveto = true', SCREEN, "asks for the veto net, which is not here"),
        ('mode = "active"', PromptsSection(), "asks for moves, and there is neither screen nor voice"),
        ('mode = "active"', SCREEN, None),
        ('mode = "passive"', PromptsSection(), None),
    ],
)
def test_the_check_says_when_no_face_can_open_though_the_nets_are_here(
    bench: Bench,
    all_models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rule: str,
    prompts: PromptsSection,
    said: str | None,
) -> None:
    monkeypatch.setenv("GATEPOST_MODELS", str(all_models))
    nets = tmp_path / "nets and nothing else"
    nets.mkdir()
    for file in map(models.path_of, MODELS):
        (nets / file.name).symlink_to(file)
    monkeypatch.setenv("GATEPOST_MODELS", str(nets))
    asks_for(bench, rule)
    found = findings(replace(bench.configuration, prompts=prompts))
    bad = [text for verdict, text in found if verdict is Verdict.BAD]
    assert [said is not None and said in text for text in bad] == ([] if said is None else [True])


@pytest.mark.parametrize(
    ("measures", "prompts", "means"),
    [
        (LivenessMeasures(nets=True, veto=False, mesh=False), PromptsSection(), LivenessMeans.NETS),
        (LivenessMeasures(nets=False, veto=False, mesh=True), SCREEN, LivenessMeans.MOVES),
        (LivenessMeasures(nets=False, veto=False, mesh=False), SCREEN, LivenessMeans.MOVES),
        (LivenessMeasures(nets=False, veto=False, mesh=True), PromptsSection(), LivenessMeans.PASS),
    ],
)
def test_what_is_left_to_a_gate(
    bench: Bench, measures: LivenessMeasures, prompts: PromptsSection, means: LivenessMeans
) -> None:
    configuration = replace(bench.configuration, prompts=prompts)
    assert liveness_means(configuration, measures) is means
