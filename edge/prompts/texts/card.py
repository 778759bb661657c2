"""What the person's screen shows: one sign, what to do, and as much besides as the policy lets others see."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from edge.decision import TEXTS, Decision, Guidance, Mode, Outcome, Reason, ScreenRule, Status, Subject, Text
from edge.prompts.texts.catalogue import DISCREET_DENIAL, LANE_TEXTS, OUT_OF_ORDER, Language
from edge.prompts.texts.discretion import OF_HEALTH, ToldReason, told_of


class CardKind(StrEnum):
    """What a card's colour and sign say."""

    IDLE = "idle"
    ASK = "ask"
    GRANT = "grant"
    DENY = "deny"
    REFER = "refer"
    FAULT = "fault"


class DrawnMove(StrEnum):
    """What is drawn of what to do, where a card asks for something."""

    LOOK = "look"
    CLOSER = "closer"
    BACK = "back"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    CLOSE_EYES = "close_eyes"
    PASS = "pass"
    FACE_AND_PASS = "face_and_pass"
    SIGN = "sign"


class Progress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of the moves that are asked for are done."""

    done: int
    of: int


class ScreenCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the screen shows; the texts in `language` are the larger ones.

    `number` is the appeal number, `phone` whom to call, `appeal` where to ask. `name` and `status` are there
    only where the policy says so. `seconds` is for how long it counts; None: until another comes.
    """

    kind: CardKind
    guidance: Guidance
    language: Language
    picture: DrawnMove = DrawnMove.SIGN
    progress: Progress | None = None
    number: str = ""
    phone: str = ""
    appeal: Text | None = None
    name: str = ""
    status: Status | None = None
    seconds: float | None = None


IDLE: Mapping[Mode, tuple[DrawnMove, Guidance]] = {
    Mode.FACE: (DrawnMove.LOOK, Guidance(Text("请看镜头", "Look at the camera"))),
    Mode.CODE: (DrawnMove.PASS, Guidance(Text("请出示码", "Show your pass"))),
    Mode.FACE_OR_CODE: (
        DrawnMove.FACE_AND_PASS,
        Guidance(Text("看镜头或出示码", "Look at the camera, or show your pass")),
    ),
    Mode.FACE_AND_CODE: (
        DrawnMove.FACE_AND_PASS,
        Guidance(Text("看镜头并出示码", "Look at the camera and show your pass")),
    ),
    Mode.STAFFED: (
        DrawnMove.FACE_AND_PASS,
        Guidance(
            Text("看镜头或出示码", "Look at the camera, or show your pass"), TEXTS[Reason.STAFF_DECIDES].why
        ),
    ),
    Mode.FREE: (DrawnMove.SIGN, TEXTS[Reason.GATE_FREE]),
    Mode.LOCKED: (DrawnMove.SIGN, TEXTS[Reason.GATE_LOCKED]),
}
"""What a gate that waits for somebody shows, by what it asks for."""

_SHOW_A_PASS = frozenset(
    {
        *(
            Reason.CODE_REQUIRED,
            Reason.NOT_A_PASS,
            Reason.CODE_TOO_LONG,
            Reason.PASS_OTHER_SITE,
            Reason.TEST_CODE,
        ),
        *(Reason.SEVERAL_CODES, Reason.CODE_INCOMPLETE, Reason.PASS_NOT_FRESH, Reason.FACE_AMBIGUOUS),
    }
)
_LOOK = frozenset(
    {
        *(Reason.FACE_REQUIRED, Reason.FACE_TURNED_AWAY, Reason.FACE_TILTED, Reason.FACE_BLURRED),
        Reason.FACE_CUT_OFF,
    }
)
_PICTURES: Mapping[str, DrawnMove] = {
    **dict.fromkeys(_SHOW_A_PASS, DrawnMove.PASS),
    **dict.fromkeys(_LOOK, DrawnMove.LOOK),
    Reason.FACE_TOO_SMALL: DrawnMove.CLOSER,
    Reason.FACE_TOO_CLOSE: DrawnMove.BACK,
    Reason.TURN_LEFT: DrawnMove.TURN_LEFT,
    Reason.TURN_RIGHT: DrawnMove.TURN_RIGHT,
    Reason.CLOSE_EYES: DrawnMove.CLOSE_EYES,
    Reason.NOBODY_SEEN: DrawnMove.FACE_AND_PASS,
    Reason.SECOND_FACTOR_REQUIRED: DrawnMove.FACE_AND_PASS,
}
_CALL = frozenset({DISCREET_DENIAL, Reason.STATUS_RED, Reason.HOME_ISOLATION})
_KINDS: Mapping[Outcome, CardKind] = {outcome: CardKind(outcome.value) for outcome in Outcome}


def idle_card(mode: Mode, language: Language, *, locked_down: bool = False) -> ScreenCard:
    """The card while nobody stands there, at a gate that a lockdown has closed or that asks for `mode`."""
    picture, guidance = (DrawnMove.SIGN, TEXTS[Reason.LOCKED_DOWN]) if locked_down else IDLE[mode]
    return ScreenCard(CardKind.IDLE, guidance, language, picture)


def fault_card(language: Language) -> ScreenCard:
    """The card of a gate that lets nobody through, for what it is itself."""
    return ScreenCard(CardKind.FAULT, LANE_TEXTS[OUT_OF_ORDER], language)


def asking_card(
    told: ToldReason, rule: ScreenRule, language: Language, progress: Progress | None = None
) -> ScreenCard:
    """The card that asks for something, before any decision."""
    return ScreenCard(
        CardKind.ASK,
        told.guidance,
        language,
        _PICTURES.get(told.code, DrawnMove.SIGN),
        progress,
        phone=_phone(told, rule),
    )


def decision_card(
    decision: Decision, subject: Subject | None, rule: ScreenRule, language: Language, number: str
) -> ScreenCard | None:
    """The card of a decision; None for a reason that is not known here. A denial has the appeal `number`."""
    told = told_of(decision.reason, decision.outcome, discreet=rule.discreet)
    if told is None:
        return None
    denied = decision.outcome is Outcome.DENY
    tile = rule.status_colour and decision.reason in OF_HEALTH
    return ScreenCard(
        _KINDS[decision.outcome],
        told.guidance,
        language,
        number=number if denied else "",
        phone=_phone(told, rule),
        appeal=Text(rule.appeal.zh, rule.appeal.en) if denied and rule.appeal is not None else None,
        name=subject.name if rule.names and subject is not None else "",
        status=decision.status if tile else None,
    )


def appeal_number(sequence: int) -> str:
    """The number that a person is given of a denial: that of its event in the gate's journal."""
    return f"E-{sequence}"


def _phone(told: ToldReason, rule: ScreenRule) -> str:
    return rule.community_phone if told.code in _CALL else ""
