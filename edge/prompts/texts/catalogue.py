"""The prompts by code: what to do and why in two languages, and a sign that needs no colour.

PURE. The codes are the decisions' reasons and the lane's own prompts. A sign is a colour and a shape: people
who cannot tell red from green see a square and a circle, and the lane's lamp blinks differently for each
(edge.lane.machine.appearance).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple, get_args

import msgspec

from edge.decision import TEXTS, Guidance, Outcome, Period, Reason, Text, period_holds

OUT_OF_ORDER = "lane_out_of_order"
LANE_TEXTS: Mapping[str, Guidance] = {
    "lane_one_at_a_time": Guidance(Text("请一次一人通行", "One person at a time, please")),
    "lane_clear_the_way": Guidance(
        Text("请让开通道", "Please clear the way"), Text("闸口即将关闭", "The gate is about to close")
    ),
    OUT_OF_ORDER: Guidance(
        Text("请联系工作人员", "Please ask the staff"), Text("本闸口故障", "This gate is out of order")
    ),
    "lane_other_gate": Guidance(Text("请等另一道门关闭", "Please wait until the other gate is shut")),
}
"""The lane's own prompts."""

ALREADY_ADMITTED = "already_admitted"
ENCOUNTER_TEXTS: Mapping[str, Guidance] = {
    ALREADY_ADMITTED: Guidance(
        Text(
            "请先离开片刻，或收起通行码后重新出示",
            "Please step away for a moment, or put your pass away and show it again",
        ),
        Text("闸门已为您开过", "The gate was opened for you"),
    ),
}
"""Prompts for a person who was let through and has stayed."""

TYPE_YOUR_NUMBER = "keypad_type_number"
NOT_BY_PIN = "keypad_not_by_pin"
KEYPAD_TEXTS: Mapping[str, Guidance] = {
    TYPE_YOUR_NUMBER: Guidance(
        Text("请输入号码，然后按井号键", "Please type your number, then press the # key")
    ),
    NOT_BY_PIN: Guidance(
        Text(
            "请核对号码后重新输入，或使用值守页面",
            "Please check the number and type it again, or use the staff's page",
        ),
        Text("未能开闸", "The gate was not opened"),
    ),
}
"""Prompts for a person at a keypad."""
DISCREET_DENIAL, DISCREET_REFERRAL = "discreet_denial", "discreet_referral"
DISCREET_TEXTS: Mapping[str, Guidance] = {
    DISCREET_DENIAL: Guidance(Text("请联系社区", "Please call the community office")),
    DISCREET_REFERRAL: Guidance(Text("请稍候", "Please wait")),
}
"""What a discreet gate says instead of anything about somebody's health."""

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Shape(StrEnum):
    CIRCLE = "circle"
    TRIANGLE = "triangle"
    SQUARE = "square"


class OutcomeSign(NamedTuple):
    """How an outcome looks: `glyph` is the shape as a character, `colour` a name of CSS."""

    shape: Shape
    glyph: str
    colour: str


SIGNS: Mapping[Outcome, OutcomeSign] = {
    Outcome.GRANT: OutcomeSign(Shape.CIRCLE, "●", "green"),
    Outcome.REFER: OutcomeSign(Shape.TRIANGLE, "▲", "gold"),
    Outcome.DENY: OutcomeSign(Shape.SQUARE, "■", "red"),
}

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How loud it is during a period: in percent."""

    period: Period
    volume: Percent


def texts() -> dict[str, Guidance]:
    """What people are told, by its code."""
    return {reason.value: TEXTS[reason] for reason in Reason} | dict(_OTHERS)


def text_of(code: str) -> Guidance | None:
    """What people are told for a code; None for an unknown code."""
    return TEXTS[Reason(code)] if code in _REASONS else _OTHERS.get(code)


_REASONS = frozenset(reason.value for reason in Reason)
_OTHERS = {**LANE_TEXTS, **ENCOUNTER_TEXTS, **KEYPAD_TEXTS, **DISCREET_TEXTS}


def recorded_texts() -> dict[str, Text]:
    """The text of every recording, by its name: CODE is what to do, CODE.why the reason for it."""
    whys = {why_of(code): told.why for code, told in texts().items() if told.why is not None}
    return {code: told.do for code, told in texts().items()} | whys


def why_of(code: str) -> str:
    """The name of the recording that says why."""
    return f"{code}.why"


def prompt_language(language: str) -> Language:
    """The language of prompts for a person's language (a BCP 47 tag): Chinese, else English."""
    return "zh" if language.lower().startswith("zh") else "en"


def volume_at(
    volume: int, hours: Iterable[Hours], local: datetime | None, holidays: Mapping[str, str]
) -> int:
    """The volume now, in percent: of the first period that holds, else `volume`."""
    if local is None:
        return volume
    return next((item.volume for item in hours if period_holds(item.period, local, holidays)), volume)
