"""What each code in view was read as, and whether it is still to be decided on."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from edge.decision import Cover, FaceEvidence, FaceRule, PassEvidence, PassKind, PassVerdict
from edge.encounter import Confirmation, Look, Patience
from edge.encounter.codes import ShownCodes
from edge.encounter.values import Shown
from edge.vision.reports import CodeSighting

PATIENCE = Patience(evidence_within=1.0, gone_after=2.0)
PART = PassEvidence(PassVerdict.INCOMPLETE)
WRONG, RIGHT = ("deny", "pass_expired"), ("deny", "outside_hours")


@dataclass
class Reader:
    """The registry's word on codes: passes by their texts. `asked` are the readings, in order."""

    passes: dict[str, PassEvidence] = field(default_factory=dict)
    asked: list[str | tuple[str, ...]] = field(default_factory=list)

    def read_code(self, text: str, length: int) -> PassEvidence:
        assert length == len(text)
        self.asked.append(text)
        return self.passes.get(text, PassEvidence(PassVerdict.NOT_A_PASS))

    def read_parts(self, texts: tuple[str, ...]) -> PassEvidence:
        self.asked.append(texts)
        return self.passes.get("+".join(texts), PART)

    def recognise(
        self, looks: tuple[Look, ...], rule: FaceRule, frames: int, covered: Cover | None
    ) -> FaceEvidence:
        raise NotImplementedError

    def confirm(
        self, looks: tuple[Look, ...], code: PassEvidence, covered: Cover | None
    ) -> Confirmation | None:
        raise NotImplementedError

    def same_face(self, one: tuple[Look, ...], other: tuple[Look, ...]) -> bool:
        raise NotImplementedError

    def needs_both(self, subject_id: str) -> bool:
        raise NotImplementedError

    def in_doubt(self, face: FaceEvidence) -> bool:
        raise NotImplementedError


def genuine(name: str) -> PassEvidence:
    return PassEvidence(PassVerdict.GENUINE, kind=PassKind.RESIDENT, pass_id=name, subject_id="li-na")


@pytest.fixture
def reader() -> Reader:
    return Reader({"A1": genuine("a"), "A2": genuine("a"), "B": genuine("b"), "P1": PART, "P2": PART})


@pytest.fixture
def codes(reader: Reader) -> ShownCodes:
    return ShownCodes(reader, PATIENCE)


def see(codes: ShownCodes, now: float, *texts: str) -> frozenset[str]:
    return codes.see([CodeSighting(text, len(text)) for text in texts], now)


def open_at(codes: ShownCodes, now: float, but: frozenset[str] = frozenset()) -> set[str]:
    return set(codes.to_decide(now, but))


def test_a_pass_goes_by_its_id_and_any_other_code_by_its_text(codes: ShownCodes) -> None:
    assert see(codes, 0.0, "A1", "B", "poster") == {"a", "b", "poster"}
    assert see(codes, 0.1, "A2") == {"a"}, "its code changes on the phone; the pass is the same"


def test_a_code_is_read_once_while_it_stays_in_view(codes: ShownCodes, reader: Reader) -> None:
    for number in range(20):
        see(codes, number / 10.0, "A1")
    codes.to_decide(5.0, frozenset())
    assert reader.asked == ["A1"]


def test_what_is_decided_on_is_dealt_with_until_something_else_was_the_matter(codes: ShownCodes) -> None:
    see(codes, 0.0, "A1", "B")
    assert open_at(codes, 0.0) == {"A1", "B"}
    assert open_at(codes, 0.0, frozenset({"a"})) == {"B"}
    codes.decided(["A1", "never seen"])
    assert open_at(codes, 0.1) == {"B"}
    codes.refused(Shown(1, frozenset({"a"}), frozenset({"A1"})), RIGHT, again=True)
    assert open_at(codes, 0.2) == {"A1", "B"}
    codes.decided(["A1", "B"])
    codes.refused(Shown(1, frozenset({"a"}), frozenset({"A1"})), WRONG, again=False)
    assert open_at(codes, 0.3) == set()
    codes.renew_named(frozenset({"b"}))
    assert open_at(codes, 0.3) == {"B"}


@pytest.mark.parametrize(("seconds", "anew"), [(1.0, False), (1.1, True)])
def test_a_code_that_is_decided_on_again_is_read_anew_every_second(
    codes: ShownCodes, reader: Reader, seconds: float, anew: bool
) -> None:
    see(codes, 0.0, "A1")
    codes.decided(["A1"])
    codes.renew(["A1"])
    reader.passes["A1"] = PassEvidence(PassVerdict.REVOKED, pass_id="a")
    held = codes.to_decide(seconds, frozenset())["A1"]
    assert held.told
    assert held.evidence.verdict is (PassVerdict.REVOKED if anew else PassVerdict.GENUINE)


def test_named_codes_are_read_anew_decided_on_or_not(codes: ShownCodes, reader: Reader) -> None:
    see(codes, 0.0, "A1", "B")
    codes.decided(["A1"])
    assert set(codes.named(["a"], 0.5)) == {"A1"}
    assert reader.asked == ["A1", "B", "A1"]


def test_the_parts_of_a_code_stand_for_one_and_are_put_together_once(
    codes: ShownCodes, reader: Reader
) -> None:
    see(codes, 0.0, "P1", "B", "P2")
    for _ in range(3):
        whole, parts = codes.together(codes.to_decide(0.0, frozenset()))
    assert (whole.evidence.pass_id, parts.evidence, set(parts.names)) == ("b", PART, {"P1", "P2"})
    assert reader.asked.count(("P1", "P2")) == 1
    codes.decided(["P1", "P2"])
    codes.renew(["P1", "P2"])
    codes.together(codes.to_decide(0.0, frozenset()))
    assert reader.asked.count(("P1", "P2")) == 2


def test_a_refusal_is_a_repeat_in_the_same_words_beside_the_same_face(codes: ShownCodes) -> None:
    see(codes, 0.0, "A1", "B")
    shown = Shown(1, frozenset({"a"}), frozenset({"A1"}))
    assert not codes.is_repeat(shown, WRONG)
    codes.refused(shown, WRONG, again=False)
    for other, refusal, repeat in (
        (shown, WRONG, True),
        (shown, RIGHT, False),
        (Shown(2, shown.passes), WRONG, False),
        (Shown(1, frozenset({"a", "b"})), WRONG, False),
        (Shown(1), WRONG, False),
    ):
        assert codes.is_repeat(other, refusal) is repeat
    assert (codes.bad_pass_of(1), codes.bad_pass_of(2), codes.bad_pass_of(None)) == (WRONG, None, None)
    codes.accepted(shown)
    assert codes.bad_pass_of(1) is None


@pytest.mark.parametrize(("now", "known"), [(2.0, True), (2.1, False)])
def test_out_of_view_everything_of_a_code_is_forgotten(codes: ShownCodes, now: float, known: bool) -> None:
    see(codes, 0.0, "A1")
    codes.refused(Shown(1, frozenset({"a"})), WRONG, again=False)
    codes.forget(now)
    assert (bool(codes), open_at(codes, now) == {"A1"}, codes.bad_pass_of(1) == WRONG) == (known,) * 3


def test_cleared_it_knows_nothing(codes: ShownCodes) -> None:
    see(codes, 0.0, "A1")
    codes.refused(Shown(1, frozenset({"a"})), WRONG, again=False)
    codes.clear()
    assert (bool(codes), open_at(codes, 0.0), codes.bad_pass_of(1)) == (False, set(), None)
    assert codes.flood(0.0) is None
