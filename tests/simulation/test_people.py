"""People at a gate made of the product's parts: what they do, what it says, and what is told of both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from edge.boards.files import load_board
from edge.counting.counts_now import read_count
from edge.decision import Status, Subject
from edge.journal.reader import JournalReader
from edge.runtime.people_counting import lane_of
from tests.examples import LONG
from tests.simulation.day import draw_visits
from tests.simulation.lane_world import LaneWorld
from tests.simulation.observations import Came, Left, Observation, Told, Walked, Wire
from tests.simulation.one_gate import FrontGate
from tests.simulation.people import People
from tests.simulation.plan import How, Town, Visit
from tests.simulation.scheduler import Scheduler
from tests.simulation.site import BEGINS, Site, found_site, isolated, turned

TOWN = Town(gates=("main", "side"), people=12)


class Street:
    """Both gates of a site with their people; everything that can be seen of it is in `seen`."""

    def __init__(self, folder: Path, seed: int = 1, town: Town = TOWN) -> None:
        self.seen: list[Observation] = []
        self.site: Site = found_site(seed, town)
        self.scheduler = Scheduler(seed)
        self.gates = {gate: self._gate(folder, gate) for gate in town.gates}
        self.people = People(self.scheduler, self.site, self.gates.values(), self.seen.append)
        for gate in self.gates.values():
            gate.listener = self.people.heard

    def play(self, *visits: Visit, seconds: float = 60.0) -> None:
        """Let these visits happen, from now on."""
        began = self.scheduler.now
        self.people.expect(Visit(began + v.at, v.device, v.person, v.how, v.walks, v.seed) for v in visits)
        self.scheduler.run(began + seconds)

    def publish(self, subjects: tuple[Subject, ...]) -> None:
        """Every gate has taken up the next registry, of these subjects."""
        for gate in self.gates.values():
            gate.publish(subjects)
        self.play(seconds=1.0)

    def told(self) -> list[str]:
        """What the gates decided, and why."""
        return [
            f"{item.outcome}: {item.reason}" for item in self.seen if isinstance(item, Told) and item.outcome
        ]

    def walked(self) -> list[tuple[str, bool]]:
        return [(item.person, item.inward) for item in self.seen if isinstance(item, Walked)]

    def wires(self, line: str) -> list[bool]:
        return [item.active for item in self.seen if isinstance(item, Wire) and item.line == line]

    def journal(self, gate: str) -> list[str]:
        with closing(JournalReader(self.gates[gate].configuration.journal.path)) as reader:
            return [entry.kind for entry in reader.every()]

    def close(self) -> None:
        for gate in self.gates.values():
            if gate.lives:
                gate.close()

    def _gate(self, folder: Path, gate: str) -> FrontGate:
        board = load_board(self.site.board(gate))
        lane = LaneWorld(gate, board, self.scheduler, self.seen.append)
        return FrontGate(folder / gate, self.scheduler, self.site, lane)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.close()


IN = [("p000", True)]


@pytest.mark.parametrize(
    ("how", "person", "told", "walked"),
    [
        (How.FACE, "p000", ["grant: face_matched"], IN),
        (How.PASS, "p000", ["grant: code_accepted"], IN),
        (How.ONE_TIME_PASS, "guest", ["grant: code_accepted"], [("guest", True)]),
        (How.FORGED_PASS, "p000", ["deny: pass_forged"], []),
        (How.STRANGER, "p000", ["deny: face_unknown"], []),
        (How.TAILGATE, "p000", [], []),
        (How.FACE, "p010", ["refer: status_yellow"], []),
        (How.FACE, "p011", ["deny: status_red"], []),
    ],
)
def test_what_becomes_of_somebody_by_what_they_show(
    street: Street, how: How, person: str, told: list[str], walked: list[tuple[str, bool]]
) -> None:
    street.play(Visit(5.0, "main", person, how, seed=3), seconds=90.0)
    assert street.told() == told
    assert street.walked() == walked
    came = [item for item in street.seen if isinstance(item, Came)]
    left = [item for item in street.seen if isinstance(item, Left)]
    assert [item.visit for item in came] == [item.visit for item in left] == [0] * (how is not How.TAILGATE)
    assert street.wires("relay_open") == [True, False] * bool(walked)


@pytest.mark.parametrize(
    ("how", "at_once", "with_a_known_face"),
    [
        (How.FACE_AND_PASS, "grant: code_accepted", "grant: face_and_code_agree"),
        (How.ONE_TIME_PASS, "grant: code_accepted", "grant: face_and_code_agree"),
        (How.OTHERS_PASS, "grant: code_accepted", "deny: face_code_mismatch"),
    ],
)
def test_a_pass_is_held_up_before_the_face_is_known_or_with_it(
    tmp_path: Path, how: How, at_once: str, with_a_known_face: str
) -> None:
    told = set()
    for seed in range(4):
        street = Street(tmp_path / str(seed))
        street.play(Visit(1.0, "main", "p000", how, seed=seed), seconds=30.0)
        told.add(street.told()[0])
        street.close()
    assert told == {at_once, with_a_known_face}


def test_who_is_asked_for_a_pass_takes_it_out(tmp_path: Path) -> None:
    street = Street(tmp_path, town=Town(mode="face_and_code"))
    street.play(
        Visit(1.0, "main", "p000", How.FACE, seed=1), Visit(60.0, "main", "x", How.STRANGER), seconds=90.0
    )
    said = [item.reason for item in street.seen if isinstance(item, Told)]
    assert said[:2] == ["code_required", "face_and_code_agree"]
    assert street.walked() == IN
    assert street.told()[1:] == ["deny: code_required"]
    street.close()


def test_a_pass_that_is_shown_is_named(street: Street) -> None:
    street.play(
        Visit(1.0, "main", "p000", How.PASS, seed=1),
        Visit(60.0, "main", "p001", How.OTHERS_PASS, seed=1),
        Visit(120.0, "main", "p002", How.FACE, seed=1),
        seconds=180.0,
    )
    shown = [item.pass_id for item in street.seen if isinstance(item, Came)]
    owners = {street.site.passes.own(person).id: person for person in street.site.people}
    assert shown[0] == street.site.passes.own("p000").id
    assert owners[shown[1]] != "p001"
    assert shown[2] == ""


def test_who_comes_in_breaks_the_beams_in_their_order(street: Street) -> None:
    street.play(Visit(1.0, "main", "p000", How.FACE, seed=1))
    changes = [
        (item.line, item.active)
        for item in street.seen
        if isinstance(item, Wire) and item.line.startswith("beam")
    ]
    assert changes == [
        ("beam_outer", True),
        ("beam_inner", True),
        ("beam_outer", False),
        ("beam_inner", False),
    ]
    assert "lane_passed" in street.journal("main")
    [walked] = [item for item in street.seen if isinstance(item, Walked)]
    assert walked.beams_worked
    assert walked.gate_lived


def test_who_turns_back_went_nowhere(street: Street) -> None:
    street.play(*(Visit(40.0 * n, "main", "p000", How.FACE, -1.0, seed=n) for n in range(8)), seconds=400.0)
    assert street.walked() == []
    assert street.told() == ["grant: face_matched"] * 8
    journal = street.journal("main")
    assert 0 < journal.count("lane_crawl_back") < 8, "some only put a foot into the first beam"
    assert journal.count("lane_no_entry") == 8
    assert "lane_passed" not in journal


def test_who_follows_is_noticed(street: Street) -> None:
    street.play(
        *(Visit(80.0 * n, "main", f"follower {n}", How.TAILGATE, seed=n) for n in range(8)),
        *(Visit(80.0 * n + 5.0, "main", f"p00{n}", How.FACE, seed=n) for n in range(8)),
        seconds=700.0,
    )
    followed = [person for person, inward in street.walked() if person.startswith("follower") and inward]
    assert len(followed) == 8
    assert street.journal("main").count("lane_tailgating") == 8


def test_nobody_follows_who_waits_in_vain(street: Street) -> None:
    street.play(
        Visit(0.0, "main", "follower", How.TAILGATE, seed=1),
        Visit(70.0, "main", "p000", How.FACE, seed=1),
        seconds=120.0,
    )
    assert street.walked() == IN


def test_who_goes_out_as_another_comes_in_goes_the_wrong_way(street: Street) -> None:
    street.play(Visit(0.0, "main", "p001", How.FACE, seed=1))
    street.play(
        Visit(0.0, "main", "p001", How.TAILGATE, seed=1), Visit(5.0, "main", "p000", How.FACE, seed=1)
    )
    assert street.walked() == [("p001", True), ("p000", True), ("p001", False)]
    assert "lane_wrong_direction" in street.journal("main")


def test_who_presses_the_button_walks_out(street: Street) -> None:
    street.play(Visit(0.0, "main", "p000", How.FACE, seed=1))
    street.play(Visit(0.0, "main", "p000", How.EXIT_BUTTON, seed=1))
    assert street.walked() == [("p000", True), ("p000", False)]
    assert {"lane_exit_requested", "lane_passed"} <= set(street.journal("main"))
    assert street.wires("exit_request") == [True, False]


def test_nobody_comes_in_twice_or_stands_at_two_gates(street: Street) -> None:
    street.play(
        Visit(0.0, "main", "p000", How.FACE, seed=1),
        Visit(1.0, "side", "p000", How.FACE, seed=2),
        Visit(60.0, "main", "p000", How.PASS, seed=3),
        Visit(70.0, "side", "p000", How.FACE, seed=4),
        seconds=120.0,
    )
    assert street.walked() == [("p000", True), ("p000", False)]


def test_a_group_goes_one_by_one(street: Street) -> None:
    group = [Visit(0.5 * n, "main", f"p00{n}", How.FACE, seed=n) for n in range(5)]
    street.play(*group, seconds=120.0)
    assert street.walked() == [(f"p00{n}", True) for n in range(5)]
    assert street.journal("main").count("lane_passed") == 5
    assert street.people.inside() == frozenset(visit.person for visit in group)


def during(street: Street, line: str, call: Callable[[], None]) -> None:
    """Let p000 in, and `call` happen a moment after they break the beam `line`."""
    street.play(Visit(0.0, "main", "p000", How.FACE, seed=1), seconds=0.0)
    while not street.wires(line):
        street.scheduler.run(street.scheduler.now + 0.05)
    call()
    street.play()


def test_a_gate_that_dies_as_somebody_walks_has_not_seen_them(street: Street) -> None:
    during(street, "beam_inner", street.gates["main"].close)
    [walked] = [item for item in street.seen if isinstance(item, Walked)]
    assert (walked.beams_worked, walked.gate_lived) == (True, False)


def test_beams_whose_edges_are_lost_as_somebody_walks_have_not_seen_them(street: Street) -> None:
    during(street, "beam_outer", lambda: street.gates["main"].lane.lose_edges(lost=True))
    [walked] = [item for item in street.seen if isinstance(item, Walked)]
    assert (walked.beams_worked, walked.gate_lived) == (False, True)


@pytest.mark.longer
def test_the_gates_count_whom_the_beams_saw(street: Street) -> None:
    """A whole morning of everybody: what both gates counted is what the world saw of each."""
    visits = draw_visits(Random(5), TOWN, 10.0, per_gate_hour=10.0 if LONG else 4.0)
    street.play(*visits, seconds=10 * 3600.0)
    street.close()
    seen = [one for one in street.seen if isinstance(one, Walked) and one.beams_worked]
    walked = Counter((one.device, one.inward) for one in seen)
    assert walked.total() > (80 if LONG else 25)
    for device, gate in street.gates.items():
        lane = lane_of(gate.configuration, gate.lane.board)
        counted = read_count(lane, gate.configuration.journal.path, BEGINS).figures
        assert (counted.entered, counted.left) == (walked[device, True], walked[device, False])
    ways: dict[str, bool] = {}
    for person, inward in street.walked():
        assert ways.get(person) is not inward, f"{person} went the same way twice"
        ways[person] = inward


def test_a_one_time_pass_that_was_handed_on_is_refused(street: Street) -> None:
    street.play(
        Visit(0.0, "main", "guest", How.ONE_TIME_PASS, seed=1),
        Visit(60.0, "main", "guest+1", How.ONE_TIME_PASS, seed=2),
        seconds=120.0,
    )
    assert street.told() == ["grant: code_accepted", "deny: pass_used"]
    assert len({item.pass_id for item in street.seen if isinstance(item, Came)}) == 1


def test_an_isolated_person_comes_in_and_is_kept_from_going(street: Street) -> None:
    subjects = (isolated(street.site.subjects[0], 0.0), *street.site.subjects[1:])
    street.publish(subjects)
    street.play(Visit(0.0, "main", "p000", How.FACE, seed=1))
    street.play(Visit(0.0, "side", "p000", How.FACE, seed=1))
    assert street.told() == ["grant: face_matched", "deny: home_isolation"]
    assert street.people.inside() == {"p000"}


def test_a_published_change_counts_for_who_comes_next(street: Street) -> None:
    first, *others = street.site.subjects
    street.publish((turned(first, Status.RED, 0.0), *others))
    street.play(Visit(0.0, "main", "p000", How.FACE, seed=1))
    street.publish(tuple(others))
    street.play(Visit(0.0, "main", "p000", How.PASS, seed=1))
    assert street.told() == ["deny: status_red", "deny: subject_unknown"]


def test_who_is_told_nothing_leaves(street: Street) -> None:
    street.gates["main"].close()
    street.play(Visit(0.0, "main", "p000", How.FACE, seed=1))
    assert not street.gates["main"].lives
    [came] = [item.at for item in street.seen if isinstance(item, Came)]
    [left] = [item.at for item in street.seen if isinstance(item, Left)]
    assert came + 12.0 <= left <= came + 20.0
    assert street.told() == []
    assert street.walked() == []


def test_the_same_plan_is_the_same_story(tmp_path: Path) -> None:
    def story(name: str) -> list[Observation]:
        street = Street(tmp_path / name)
        street.play(
            *(
                Visit(25.0 * n, gate, f"p00{n % 9}", how, seed=n)
                for n, how in enumerate(How)
                for gate in TOWN.gates
            ),
            seconds=500.0,
        )
        street.close()
        return street.seen

    one = story("one")
    assert one == story("two")
    assert {Came, Told, Walked, Left, Wire} == {type(item) for item in one}
