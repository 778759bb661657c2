"""What the person's screen shows of each decision, and what nobody beside them learns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product

import msgspec
import pytest

from edge.decision import TEXTS, Decision, Mode, Outcome, Reason, ScreenRule, Status, Subject
from edge.prompts.texts import (
    LANGUAGES,
    OF_HEALTH,
    CardKind,
    Language,
    ScreenCard,
    appeal_number,
    asking_card,
    decision_card,
    fault_card,
    idle_card,
    told_of,
)
from edge.prompts.texts.card import DrawnMove

DISCREET = ScreenRule(discreet=True, community_phone="6512 0110")
OPEN = ScreenRule(community_phone="6512 0110")
REFUSALS = (Outcome.DENY, Outcome.REFER)
PEOPLE = (
    None,
    Subject("ann", "王小明", "3/2/301"),
    Subject("b-7", "Zoë O'Neill", groups=frozenset({"staff"})),
)
STATUS_WORDS = re.compile(
    "健康|红码|黄码|绿码|隔离|体温|health|yellow|\\bred\\b|green|isolation|temperature|expired code",
    re.IGNORECASE,
)


def card_of(
    reason: Reason,
    outcome: Outcome,
    rule: ScreenRule,
    language: Language = "zh",
    person: Subject | None = None,
    status: Status | None = None,
) -> ScreenCard:
    named = None if person is None else person.id
    made = decision_card(Decision(outcome, reason, "rule", named, status), person, rule, language, "E-48198")
    assert made is not None
    return made


def words(card: ScreenCard) -> str:
    return msgspec.json.encode(card).decode()


@pytest.mark.parametrize(("reason", "rule", "language"), [*product(Reason, (OPEN, DISCREET), LANGUAGES)])
def test_every_reason_has_a_card(reason: Reason, rule: ScreenRule, language: Language) -> None:
    """Its colour is the decision's; what to do is there always, why only where the policy is not discreet."""
    for outcome in Outcome:
        card = card_of(reason, outcome, rule, language)
        told = told_of(reason, outcome, discreet=rule.discreet)
        assert told is not None
        assert (card.kind.value, card.language, card.guidance) == (outcome.value, language, told.guidance)
        assert (card.guidance.why is None) or not rule.discreet
        assert card.number == ("E-48198" if outcome is Outcome.DENY else "")


@pytest.mark.parametrize("outcome", REFUSALS)
def test_discreet_every_reason_of_health_reads_alike(outcome: Outcome) -> None:
    """Which it was cannot be told from the card, nor from the recording."""
    cards = {card_of(Reason(reason), outcome, DISCREET) for reason in OF_HEALTH}
    told = {told_of(reason, outcome, discreet=True) for reason in OF_HEALTH}
    assert (len(cards), len(told)) == (1, 1)


@pytest.mark.parametrize(("reason", "person"), [*product(Reason, PEOPLE)])
def test_a_discreet_screen_has_no_word_of_a_status_and_no_name(
    reason: Reason, person: Subject | None
) -> None:
    for outcome, status in product(REFUSALS, (None, *Status)):
        said = words(card_of(reason, outcome, DISCREET, "zh", person, status))
        assert not STATUS_WORDS.search(said), said
        for secret in () if person is None else (person.id, person.name, person.address):
            assert not secret or secret not in said


@pytest.mark.parametrize("reason", sorted(OF_HEALTH))
def test_a_discreet_gate_asks_without_a_word_of_health(reason: str) -> None:
    told = told_of(reason, None, discreet=True)
    assert told is not None
    assert not STATUS_WORDS.search(words(asking_card(told, DISCREET, "zh")) + told.code)


def test_the_reasons_of_health_are_those_whose_texts_speak_of_it() -> None:
    """A reason that is added, and says something of somebody's health, is one that a discreet gate hides."""
    speaking = set()
    for reason in Reason:
        told = told_of(reason, Outcome.DENY, discreet=False)
        assert told is not None
        if STATUS_WORDS.search(words(card_of(reason, Outcome.DENY, OPEN))):
            speaking.add(reason.value)
    assert speaking | {"status_green"} == set(OF_HEALTH)


@dataclass(frozen=True)
class Shows:
    name: str = ""
    status: Status | None = None


@pytest.mark.parametrize(
    ("rule", "shows"),
    [
        (ScreenRule(), Shows()),
        (ScreenRule(names=True), Shows(name="王小明")),
        (ScreenRule(status_colour=True), Shows(status=Status.RED)),
        (ScreenRule(names=True, status_colour=True), Shows("王小明", Status.RED)),
    ],
)
def test_a_name_and_a_status_are_shown_where_the_policy_says_so(rule: ScreenRule, shows: Shows) -> None:
    card = card_of(Reason.STATUS_RED, Outcome.DENY, rule, person=PEOPLE[1], status=Status.RED)
    assert Shows(card.name, card.status) == shows
    other = card_of(Reason.OUTSIDE_HOURS, Outcome.DENY, rule, person=PEOPLE[1], status=Status.GREEN)
    assert other.status is None, "of no concern"


@pytest.mark.parametrize(
    ("reason", "outcome", "rule", "phone"),
    [
        (Reason.STATUS_RED, Outcome.DENY, OPEN, True),
        (Reason.HOME_ISOLATION, Outcome.DENY, OPEN, True),
        (Reason.STATUS_EXPIRED, Outcome.DENY, OPEN, False),
        (Reason.STATUS_EXPIRED, Outcome.DENY, DISCREET, True),
        (Reason.STATUS_EXPIRED, Outcome.REFER, DISCREET, False),
        (Reason.PASS_EXPIRED, Outcome.DENY, DISCREET, False),
    ],
)
def test_the_number_stands_where_people_are_told_to_call(
    reason: Reason, outcome: Outcome, rule: ScreenRule, phone: bool
) -> None:
    card = card_of(reason, outcome, rule)
    assert card.phone == ("6512 0110" if phone else "")
    assert ("call the community office" in card.guidance.do.en) == phone


def test_where_to_appeal_stands_under_a_denial_alone() -> None:
    rule = msgspec.convert({"appeal": {"zh": "可到3号楼查询", "en": "Ask in building 3"}}, ScreenRule)
    denied, referred = (card_of(Reason.OUTSIDE_HOURS, outcome, rule) for outcome in REFUSALS)
    assert denied.appeal == ("可到3号楼查询", "Ask in building 3")
    assert referred.appeal is None
    assert appeal_number(48198) == "E-48198"


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_gate_that_waits_says_what_for(mode: Mode, language: Language) -> None:
    card = idle_card(mode, language)
    assert (card.kind, card.language, card.seconds) == (CardKind.IDLE, language, None)
    assert ("pass" in card.guidance.do.en.lower()) == (mode not in {Mode.FACE, Mode.LOCKED})


def test_a_gate_in_a_lockdown_says_what_it_says_to_who_comes() -> None:
    card = idle_card(Mode.FACE_OR_CODE, "en", locked_down=True)
    assert (card.kind, card.guidance) == (CardKind.IDLE, TEXTS[Reason.LOCKED_DOWN])


def test_a_broken_gate_refuses_nobody() -> None:
    assert (fault_card("en").kind, fault_card("en").number) == (CardKind.FAULT, "")


@pytest.mark.parametrize(
    ("code", "picture"),
    [
        ("turn_left", DrawnMove.TURN_LEFT),
        ("turn_right", DrawnMove.TURN_RIGHT),
        ("close_eyes", DrawnMove.CLOSE_EYES),
        ("face_too_small", DrawnMove.CLOSER),
        ("face_too_close", DrawnMove.BACK),
        ("face_required", DrawnMove.LOOK),
        ("code_required", DrawnMove.PASS),
        ("nobody_seen", DrawnMove.FACE_AND_PASS),
        ("lane_one_at_a_time", DrawnMove.SIGN),
    ],
)
def test_what_is_asked_is_drawn(code: str, picture: DrawnMove) -> None:
    told = told_of(code, None, discreet=False)
    assert told is not None
    assert asking_card(told, OPEN, "zh").picture is picture


def test_a_code_of_a_later_version_is_no_card() -> None:
    assert told_of("reason_of_tomorrow", Outcome.DENY, discreet=True) is None
