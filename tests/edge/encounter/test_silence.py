"""Nobody stands before a gate unheard: whoever comes, in whatever order, whatever the camera sees of them.

A story is a line of people. Of each: who they are, how well and for how long they are seen, under which
number, what they hold up, who stands beside them, and before them how long nobody is there, or how long the
camera shows nothing at all. Each is in view without a break.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from edge.decision import FaceProblem, Mode
from edge.encounter import GrantOutcome
from edge.encounter.asking import MOST, MOST_WITHIN
from edge.vision.reports import FaceSighting
from tests.edge.encounter.test_one_person import ANN, BOB, NAMES, STRANGER, Gate
from tests.edge.encounter.test_tracker import PATIENCE, face
from tests.examples import tried

UNHEARD = 5.0
"""Seconds in view after which somebody must have been asked for something, decided on, or let through."""
OTHER = 2


@dataclass(frozen=True)
class Person:
    """Somebody in the line; `sharp` is how often (of ten frames) their face can be used."""

    who: int
    seconds: float
    sharp: int = 10
    problem: FaceProblem = FaceProblem.BLURRED
    codes: tuple[str, ...] = ()
    same_track: bool = False
    gap: float = 0.5
    width: float = 100.0
    beside: int | None = None
    pause: float = 0.0

    @property
    def known_by(self) -> frozenset[object]:
        """By what a gate may know them again."""
        names = {code.partition("/")[0] for code in self.codes}
        seen = {who for who in (self.who if self.sharp else None, self.beside) if who is not None}
        return frozenset({*names, *(NAMES.get(who, who) for who in seen)})

    def faces(self, frame: int, track: int) -> tuple[FaceSighting, ...]:
        usable = frame * 7 % 10 < self.sharp
        seen = face(self.who if usable else None, track=track, width=self.width)
        theirs = seen if usable else replace(seen, problem=self.problem)
        if self.beside is None:
            return (theirs,)
        return theirs, face(self.beside, track=track + 100, width=0.9 * self.width)


@dataclass
class Watched:
    """A gate, and when it said something to whom."""

    gate: Gate
    track: int = 0
    before: Person | None = None
    met: dict[object, float] = field(default_factory=dict)
    unheard: list[tuple[int, Person, float]] = field(default_factory=list)

    def comes(self, number: int, person: Person) -> None:
        gate = self.gate
        gate.show(person.gap)
        gate.now += person.pause
        # A worker gives a new number to whoever looks unlike the one before; unseen they may get the old one.
        unseen_after_seen = person.sharp == 0 and self.before is not None and self.before.sharp > 0
        if not (person.same_track and unseen_after_seen and person.gap >= 0.3):
            self.track += 1
        self.before = person
        came, heard = gate.now, self._heard()
        for frame in range(round(person.seconds * 10)):
            gate.show(0.1, *person.faces(frame, self.track), codes=person.codes)
            if self._heard() == heard and gate.now - came > UNHEARD and not self._was_heard(person, came):
                self.unheard.append((number, person, came))
                return
        if self._heard() > heard:
            self.met |= dict.fromkeys(person.known_by, gate.now)

    def _heard(self) -> int:
        return len(self.gate.asked) + len(self.gate.final) + len(self.gate.told)

    def _was_heard(self, person: Person, came: float) -> bool:
        """Whether they, or what they show, were there a moment ago, and were told something then."""
        lately = PATIENCE.ask_again_after + PATIENCE.gone_after
        return any(came - self.met.get(what, float("-inf")) <= lately for what in person.known_by)


_people = st.builds(
    Person,
    who=st.sampled_from([ANN, BOB, OTHER, STRANGER]),
    seconds=st.floats(0.3, 14.0),
    sharp=st.sampled_from([0, 0, 1, 3, 10, 10]),
    problem=st.sampled_from([FaceProblem.BLURRED, FaceProblem.TOO_DARK, FaceProblem.TOO_SMALL]),
    codes=st.sampled_from([(), (), (), ("ann",), ("bob/expired",), ("poster",), ("ann/forged", "poster")]),
    same_track=st.booleans(),
    gap=st.sampled_from([0.1, 0.3, 0.5, 1.0, 1.9, 2.5, 12.0]),
    width=st.sampled_from([40.0, 100.0, 180.0]),
    beside=st.sampled_from([None, None, None, ANN, OTHER]),
    pause=st.sampled_from([0.0, 0.0, 0.0, 1.0, 3.0]),
)


@settings(derandomize=True, max_examples=tried(80), deadline=None)
@given(
    st.lists(_people, min_size=1, max_size=6),
    st.sampled_from([Mode.FACE, Mode.CODE, Mode.FACE_OR_CODE, Mode.FACE_AND_CODE]),
    st.sampled_from(GrantOutcome),
    st.booleans(),
)
def test_whoever_comes_hears_something_within_five_seconds(
    line: list[Person], mode: Mode, answer: GrantOutcome, opens: bool
) -> None:
    gate = Gate(mode, seconds_open=6.0, answer=answer)
    if not opens:
        gate.outcome = lambda _: False
    watched = Watched(gate)
    for number, person in enumerate(line):
        watched.comes(number, person)
    assert watched.unheard == []
    times = [one.ready for one in gate.asked]
    assert all(sum(0.0 <= at - before < MOST_WITHIN for before in times) <= MOST for at in times)
