"""A setup asks, tries, writes all or nothing, and never leaves a gate worse than it found it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from edge.configuration import load_configuration
from edge.errors import ConfigurationError, RegistryError
from edge.lane.configuration import LaneDirection
from edge.setup.asking import FromFile
from edge.setup.conversation import SetupReport, set_up
from edge.setup.core import Answers, CameraFound, Found, Question, SetupStep, TrialOutcome, Trials
from edge.setup.ground import SYSTEM_FILE, ground_at
from edge.setup.material import read_material
from edge.setup.units import GATE, SCREEN
from edge.support.toml import load_toml
from tests.command_line import called
from tests.conftest import REPOSITORY
from tests.edge.setup.bench import BAD, GOOD, Computer, Person

LANE_TRIALS = ["lamp_red", "lamp_yellow", "lamp_green", "buzzer", "relay_open"]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sites' folders, as their administrations made them."""
    folder = tmp_path_factory.mktemp("sites")
    for site in ("green-court", "blue-court"):
        called("site", "init", folder / site, "--gate", "main", "--gate", "out:exit")
    return folder


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def answers(sites: Path, **more: object) -> Answers:
    values: dict[str, object] = {
        "gate": "main",
        "board": "simulated",
        "camera": "v4l2:0",
        "start": True,
    } | more
    return Answers(site=str(sites / "green-court"), **values)  # type: ignore[arg-type]


def by_file(
    computer: Computer, given: Answers, steps: tuple[SetupStep, ...] = tuple(SetupStep)
) -> tuple[SetupReport, list[str]]:
    told: list[str] = []
    return set_up(computer.ground(), FromFile(given, told.append, "answers.toml"), given, steps), told


def by_person(
    computer: Computer, person: Person, steps: tuple[SetupStep, ...] = tuple(SetupStep)
) -> SetupReport:
    return set_up(computer.ground(), person, Answers(), steps)


def wants(sites: Path) -> dict[str, list[str]]:
    return {"site": [str(sites / "green-court")], "gate": ["main"], "camera": ["v4l2:0"]}


@pytest.fixture
def running(computer: Computer, sites: Path) -> Computer:
    """A gate that was set up, and runs."""
    by_file(computer, answers(sites))
    computer.asked.clear()
    computer.tried.clear()
    return computer


def files_of(computer: Computer) -> dict[str, bytes]:
    folder = computer.folder / "gate"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_new_gate_is_written_checked_enabled_and_started(computer: Computer, sites: Path) -> None:
    by_file(computer, answers(sites, gate="out", trials=Trials.NONE))
    configuration = load_configuration(computer.folder / "gate" / "gate.toml")
    assert (configuration.gate.id, configuration.gate.direction) == ("out", "exit")
    assert (
        configuration.registry.inbox.read_bytes()
        == (sites / "green-court/registry/registry.bundle").read_bytes()
    )
    assert configuration.registry.template_key.stat().st_mode & 0o777 == 0o600
    link = computer.folder / "etc/multi-user.target.wants" / GATE
    assert link.readlink() == REPOSITORY / "systemd" / GATE, "by its name: an update changes what it leads to"
    assert ("restart", GATE) in computer.asked


def test_a_comment_that_goes_is_said_before_anything_is_written(running: Computer, sites: Path) -> None:
    toml = running.folder / "gate" / "gate.toml"
    table = '[[scanner]]\nname = "old"\nkind = "serial"\n# at the river\ndevice = "/dev/ttyAMA0"\n'
    toml.write_text(f"{toml.read_text()}\n{table}")
    before = toml.read_bytes()
    _, told = by_file(running, answers(sites, scanner=()))
    [said] = [line for line in told if "# at the river" in line]
    [kept] = [line for line in told if "is kept as" in line]
    assert told.index(said) < told.index(kept)
    assert Path(kept.rpartition(" ")[2]).read_bytes() == before


@pytest.mark.parametrize("screen", [True, False])
def test_the_persons_screen_is_started_where_gate_toml_has_one(
    running: Computer, sites: Path, screen: bool
) -> None:
    toml = running.folder / "gate" / "gate.toml"
    toml.write_text(f"{toml.read_text()}\n[prompts]\nscreen = {str(screen).lower()}\n")
    report, _ = by_file(running, answers(sites))
    assert report.started is not None
    link = running.folder / "etc/multi-user.target.wants" / SCREEN
    assert (SCREEN in report.started.units, SCREEN in running.runs, link.is_symlink()) == (screen,) * 3


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("screen", [True, False])
def test_the_persons_screen_is_what_the_file_of_answers_says(
    computer: Computer, sites: Path, before: bool, screen: bool
) -> None:
    by_file(computer, answers(sites, screen=before))
    report, told = by_file(computer, answers(sites, screen=screen), (SetupStep.SCREEN, SetupStep.START))
    gate = computer.folder / "gate"
    assert load_configuration(gate / "gate.toml").prompts.screen is screen
    assert report.started is not None
    assert (SCREEN in report.started.units) is screen
    assert any(f"disable --now {SCREEN}" in line for line in told) is (before and not screen)
    assert load_toml(gate / "setup.toml", Answers, "").screen is screen


def test_a_person_says_whether_there_is_a_screen(computer: Computer, sites: Path) -> None:
    assert by_person(computer, Person(wants(sites), {"screen": True})).started is not None
    assert SCREEN in computer.runs
    person = Person(agrees={"write": False})
    by_person(computer, person, (SetupStep.SCREEN,))
    assert person.asked == ["screen", "write"]


def test_a_person_is_asked_and_everything_is_tried_as_the_gate_would_be(
    computer: Computer, sites: Path
) -> None:
    person = Person(wants(sites))
    assert by_person(computer, person).good
    assert [asked.trial.name for asked in computer.tried if asked.trial] == [*LANE_TRIALS, "camera"]
    assert {asked.document["gate"]["id"] for asked in computer.tried} == {"main"}
    given = load_toml(computer.folder / "gate" / "setup.toml", Answers, "")
    assert given.seen == dict.fromkeys([*LANE_TRIALS, "camera"], True)


def test_a_no_says_what_to_do_and_is_left_to_do(computer: Computer, sites: Path) -> None:
    person = Person(wants(sites), saw=False)
    report = by_person(computer, person)
    assert not report.good
    [lamp] = [outcome for outcome in person.outcomes if outcome.trial == "lamp_red"]
    assert "outputs.lamp_red is the wrong way round" in lamp.remedy
    assert "NO and NC" in person.outcomes[4].remedy


def test_a_trial_is_repeated_as_often_as_a_person_wants(computer: Computer, sites: Path) -> None:
    computer.outcome = TrialOutcome("", False, problem="held by another program")
    again = iter([True, True])

    class Patient(Person):
        def confirm(self, key: str, text: str, *, default: bool) -> bool:
            return next(again, False) if key == "again" else super().confirm(key, text, default=default)

    report = by_person(computer, Patient(wants(sites)), (SetupStep.SITE, SetupStep.CAMERA))
    assert len(computer.tried) == 3
    assert len(report.outcomes) == 1


def test_without_a_person_what_moves_is_tried_only_where_the_file_says_so(
    computer: Computer, sites: Path
) -> None:
    by_file(computer, answers(sites))
    assert [asked.trial.name for asked in computer.tried if asked.trial] == ["camera"]


# --- a gate that works goes on working --------------------------------------------------------


def test_a_gate_that_runs_is_not_stopped_unless_somebody_says_so(running: Computer, sites: Path) -> None:
    _, told = by_file(running, answers(sites), (SetupStep.CAMERA,))
    assert not running.tried
    assert any("nothing is tried" in line for line in told)
    assert not [words for words in running.asked if words[0] == "stop"]


def test_a_gate_that_was_stopped_for_trials_runs_again(running: Computer, sites: Path) -> None:
    by_file(running, answers(sites, stop_gate=True), (SetupStep.CAMERA,))
    assert running.tried
    assert [words for words in running.asked if words[0] in {"stop", "restart"}] == [
        ("stop", GATE),
        ("restart", GATE),
    ]


def test_it_runs_again_also_where_the_trial_ends_badly(running: Computer, sites: Path) -> None:
    running.outcome = None  # type: ignore[assignment] # as if the trial itself broke
    with pytest.raises(TypeError):
        by_file(running, answers(sites, stop_gate=True), (SetupStep.CAMERA,))
    assert GATE in running.runs


def test_ctrl_c_at_any_question_leaves_the_working_gate_as_it_was(running: Computer, sites: Path) -> None:
    before = files_of(running)
    agrees = {"stop_gate": True, "renew_site": True}
    count = 0
    for count in range(100):
        person = Person({**wants(sites), "camera": ["v4l2:1"]}, agrees, interrupts=count)
        try:
            by_person(running, person)
        except KeyboardInterrupt:
            assert files_of(running) == before, f"changed at {person.asked[-1]}"
            assert GATE in running.runs, f"does not run after {person.asked[-1]}"
        else:
            break
    assert count > 15
    assert files_of(running) != before


def test_a_gate_that_does_not_become_ready_is_the_one_of_before_again(running: Computer, sites: Path) -> None:
    before = files_of(running)
    running.said = "the button works, and nothing else: no journal"
    report, told = by_file(running, answers(sites, camera="v4l2:7"))
    assert report.started is not None
    assert "no journal" in report.started.problem
    kept = {name: data for name, data in files_of(running).items() if not name.startswith("gate.toml.")}
    assert kept == before
    assert "the gate of before is back" in told[-1]


def test_what_the_checks_refuse_is_not_put_in_the_place_of_a_gate_that_works(
    running: Computer, sites: Path
) -> None:
    before = files_of(running)["gate.toml"]
    running.broken = "v4l2:7"
    report, _ = by_file(running, answers(sites, camera="v4l2:7"))
    assert not report.good
    assert files_of(running)["gate.toml"] == before


def test_a_fault_that_the_gate_works_with_already_is_no_reason_to_refuse_a_choice(
    running: Computer, sites: Path
) -> None:
    running.checks = (GOOD, BAD)
    report, _ = by_file(running, answers(sites, camera="v4l2:7"))
    assert report.started is not None
    assert not report.started.problem
    assert b'"v4l2:7"' in files_of(running)["gate.toml"]


def test_a_new_gate_with_a_fault_is_started_and_the_fault_is_left_to_do(
    computer: Computer, sites: Path
) -> None:
    computer.checks = (BAD,)
    report, _ = by_file(computer, answers(sites))
    assert GATE in computer.runs
    assert not report.good


def test_the_old_gate_toml_is_kept_and_what_changes_is_said(running: Computer, sites: Path) -> None:
    before = files_of(running)["gate.toml"]
    report, told = by_file(running, answers(sites, camera="v4l2:7"))
    assert report.changed == ('vision.camera: "v4l2:0" → "v4l2:7"',)
    assert files_of(running)["gate.toml.2026-11-27.1"] == before
    assert any(line.endswith("gate.toml.2026-11-27.1") for line in told)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_gate_toml_that_an_editor_marked_is_gone_on_with(
    running: Computer, sites: Path, encoding: str
) -> None:
    file = running.ground().gate_file
    file.write_text(file.read_text(), encoding=encoding)
    report, _ = by_file(running, answers(sites, camera="v4l2:7"))
    assert report.changed == ('vision.camera: "v4l2:0" → "v4l2:7"',)
    assert '"v4l2:7"' in file.read_text()


def test_a_second_setup_with_the_same_answers_writes_nothing(running: Computer, sites: Path) -> None:
    report, _ = by_file(running, answers(sites))
    assert not report.changed
    assert not report.written


def test_one_step_asks_of_nothing_else(running: Computer) -> None:
    person = Person({"camera": ["none"], "scanner": ["none"]}, {"write": False})
    by_person(running, person, (SetupStep.THERMOMETER,))
    assert person.asked == ["thermometer", "write"]


@pytest.mark.parametrize(("code", "advice"), [(errno.ENOSPC, "the card is full"), (errno.EROFS, "read-only")])
def test_a_card_that_is_full_or_read_only_changes_nothing(
    running: Computer, sites: Path, monkeypatch: pytest.MonkeyPatch, code: int, advice: str
) -> None:
    before = files_of(running)
    fsync, calls = os.fsync, iter(range(100))

    def fails(descriptor: int) -> None:
        if next(calls) >= 2:  # once something was written
            monkeypatch.setattr(os, "fsync", fsync)
            raise OSError(code, os.strerror(code))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(ConfigurationError, match="nothing was changed") as refused:
        by_file(running, answers(sites, camera="v4l2:7"))
    assert advice in refused.value.remedy
    kept = {name: data for name, data in files_of(running).items() if not name.startswith("gate.toml.")}
    assert kept == before


# --- what is wrong is said, with what to do ---------------------------------------------------


def refusal(computer: Computer, given: Answers) -> ConfigurationError:
    with pytest.raises((ConfigurationError, RegistryError)) as refused:
        by_file(computer, given)
    assert not (computer.folder / "gate" / "gate.toml").exists()
    return refused.value  # type: ignore[return-value]


TWO = Found(cameras=(CameraFound("v4l2:0", "left"), CameraFound("v4l2:2", "right")))


def test_two_cameras_are_named_and_one_has_to_be_said(computer: Computer, sites: Path) -> None:
    computer.found = TWO
    error = refusal(computer, answers(sites, camera=None))
    assert "camera" in error.what
    assert "v4l2:0, v4l2:2" in error.remedy


def test_no_camera_and_no_scanner_would_see_nobody(computer: Computer, sites: Path) -> None:
    assert "would see nobody" in refusal(computer, answers(sites, camera=None)).what


WRONG: dict[str, tuple[Callable[[Path], dict[str, object]], str, str]] = {
    "the board of another computer": (
        lambda _: {"board": "raspberry-pi-5"},
        "is not here",
        "board of this computer",
    ),
    "no such board": (lambda _: {"board": "raspberry-pi-9"}, "no board of this name", "known: "),
    "a gate that the site does not have": (lambda _: {"gate": "north"}, "gate", "main"),
    "no such folder": (lambda _: {"site": "/nowhere"}, "no such file or folder", ""),
    "a folder without a site": (lambda sites: {"site": str(sites)}, "nothing for a gate is here", "bundle"),
    "a camera of no kind": (lambda _: {"camera": "usb"}, "not a camera", "v4l2:0"),
}


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_answer_is_said_with_what_would_be_right(computer: Computer, sites: Path, how: str) -> None:
    make, what, remedy = WRONG[how]
    values = {"gate": "main", "board": "simulated", "camera": "v4l2:0", "site": str(sites / "green-court")}
    error = refusal(computer, Answers(**(values | make(sites))))  # type: ignore[arg-type]
    assert what in error.what
    assert remedy in error.remedy


def test_a_person_who_answers_wrongly_is_asked_again(computer: Computer, sites: Path) -> None:
    person = Person(
        {**wants(sites), "site": ["/nowhere", str(sites / "green-court")], "board": ["raspberry-pi-5"]}
    )
    assert by_person(computer, person).good
    assert any("/nowhere" in line for line in person.told)
    assert any("is not here" in line for line in person.told)


def test_a_bundle_of_another_site_is_refused_and_the_gate_stays_whose_it_is(
    running: Computer, sites: Path
) -> None:
    before = files_of(running)
    with pytest.raises(
        ConfigurationError, match="of site blue-court, and this is gate main of green-court"
    ) as no:
        by_file(running, replace_site(answers(sites), sites / "blue-court"))
    assert "take what green-court left" in no.value.remedy
    assert files_of(running) == before


def test_a_way_that_nobody_said_is_offered_to_no_person_and_answers_go_on(
    computer: Computer, sites: Path, tmp_path: Path
) -> None:
    """A bundle with the gate's keys says nothing of it."""
    material = read_material(bare_bundle(sites, tmp_path), None, "main", "green-court")
    offered: list[str] = []

    class Reader(Person):
        def choose(self, question: Question) -> str:
            if question.key == "direction":
                offered.append(question.default)
            return super().choose(question)

    def by_answers(direction: LaneDirection | None) -> LaneDirection:
        given = answers(sites, trials=Trials.NONE, direction=direction)
        asker = FromFile(given, list[str]().append, "a.toml")
        set_up(computer.ground(), asker, given, material=material)
        return load_configuration(computer.folder / "gate" / "gate.toml").gate.direction

    def by_person_of_bundle() -> None:
        person = Reader(wants(sites), {"write": False})
        set_up(computer.ground(), person, Answers(), material=material)

    by_person_of_bundle()
    assert by_answers(None) is LaneDirection.ENTRY, "as of every version before"
    assert by_answers(LaneDirection.EXIT) is LaneDirection.EXIT
    assert by_answers(None) is LaneDirection.EXIT, "what the gate is already is known"
    by_person_of_bundle()
    assert offered == ["", "exit"]


def bare_bundle(sites: Path, tmp_path: Path) -> Path:
    stick = tmp_path / "stick"
    stick.mkdir()
    for name in ("root.pub", "template.key"):
        (stick / name).write_bytes((sites / "green-court/gates/main" / name).read_bytes())
    (stick / "registry.bundle").write_bytes((sites / "green-court/registry/registry.bundle").read_bytes())
    return stick


def test_a_bundle_that_lies_in_another_sites_folder_is_refused_by_its_signature(
    computer: Computer, sites: Path, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    for name in ("root.pub", "template.key", "gate.toml"):
        (stick / name).write_bytes((sites / "green-court/gates/main" / name).read_bytes())
    (stick / "registry.bundle").write_bytes((sites / "blue-court/registry/registry.bundle").read_bytes())
    error = refusal(computer, replace_site(answers(sites), stick))
    assert error.where.endswith("registry.bundle")
    assert error.remedy


@pytest.mark.parametrize("cut", [0, 100, 1000])
def test_a_bundle_that_is_cut_off_is_refused(
    computer: Computer, sites: Path, tmp_path: Path, cut: int
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    for name in ("root.pub", "template.key", "gate.toml"):
        (stick / name).write_bytes((sites / "green-court/gates/main" / name).read_bytes())
    (stick / "registry.bundle").write_bytes(
        (sites / "green-court/registry/registry.bundle").read_bytes()[:cut]
    )
    assert "copy it again" in refusal(computer, replace_site(answers(sites), stick)).remedy


def replace_site(given: Answers, place: Path) -> Answers:
    return msgspec.structs.replace(given, site=str(place))


def test_a_gate_toml_that_is_damaged_is_a_persons_to_mend(computer: Computer, sites: Path) -> None:
    (computer.folder / "gate").mkdir()
    (computer.folder / "gate" / "gate.toml").write_text("[gate]\nid = 5\n")
    with pytest.raises(ConfigurationError, match=r"gate\.id") as damaged:
        by_file(computer, answers(sites))
    assert "line 2" in damaged.value.where


def test_root_alone_sets_up_the_gate_of_the_units(sites: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    ground = replace(ground_at(SYSTEM_FILE), look=Found)
    with pytest.raises(ConfigurationError, match="only root") as refused:
        set_up(ground, Person(), answers(sites))
    assert "sudo gatepost setup" in refused.value.remedy


@pytest.mark.parametrize(
    ("text", "key", "allowed"),
    [
        ('bord = "simulated"\n', "bord", "board"),
        ('\ntrials = "some"\n', "trials", "none, still, all"),
        ('camera = ""\n', "camera", ""),
    ],
)
def test_a_wrong_key_or_value_in_the_file_is_named_with_its_line(
    tmp_path: Path, text: str, key: str, allowed: str
) -> None:
    file = tmp_path / "answers.toml"
    file.write_text(text)
    done = called("setup", "--answers", file, "--config", tmp_path / "gate.toml")
    assert done.returncode == 2
    assert f"answers.toml, line {text.count(chr(10))}" in done.stderr
    assert key in done.stderr
    assert allowed in done.stderr


def test_without_a_terminal_and_without_answers_it_says_how(tmp_path: Path) -> None:
    done = called("setup", "--config", tmp_path / "gate.toml", "--json")
    assert done.returncode == 2
    assert "--answers FILE" in done.stderr
