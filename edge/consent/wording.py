"""What a person is asked before a template of their face is made, and that they agreed (GDPR art. 7 and 9).

The wording has a version: a record says which text somebody agreed to. A new text gets a new version; the
old ones stay, since records name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

WORDING = "2026-11"

_TEXTS = {
    "2026-11": {
        "zh": (
            "本小区闸口可以通过人脸识别放行。我们会用您的照片计算一组数字(人脸模板)并加密保存，照片不保存。"
            "模板仅用于本小区的闸口，不会提供给他人。是否登记由您自愿决定：不登记也可以凭通行码或由工作人员放行。"
            "您可以随时撤回同意，模板会在所有闸口删除。"
        ),
        "en": (
            "The gates of this site can let you in by your face. From pictures of you a row of numbers is "
            "computed (a template) and kept encrypted; the pictures are not kept. The template serves the "
            "gates of this site only and goes to nobody else. You choose freely: without it you pass by your "
            "code, or the staff let you in. You can withdraw at any time; the template is then erased at "
            "every gate."
        ),
    }
}


@dataclass(frozen=True)
class Point:
    """One thing that the text says, short: what it is about, what holds, and what follows of it."""

    about: str
    holds: str
    follows: str


_POINTS = {
    "2026-11": {
        "zh": (
            Point("用途", "只用于本小区闸口认人", "不作他用，不给他人"),
            Point("存什么", "一串数字（特征），不存照片", "加密保存，撤回或搬离即删"),
            Point("不愿意？", "不登记也能进门：通行码、门卡、工作人员", "不同意，不影响任何权利"),
            Point("撤回", "随时可在此撤回，本闸口即删", "各闸口删除后有回执为证"),
            Point("未满十四岁", "由监护人签字", "写明监护人姓名与关系"),
        ),
        "en": (
            Point(
                "Purpose", "To know you at this site's gates only", "For nothing else, and for nobody else"
            ),
            Point(
                "What is kept", "A row of numbers, no picture", "Encrypted, until you withdraw or move out"
            ),
            Point("You would rather not?", "You pass without it: code, card, staff", "It costs you no right"),
            Point(
                "Withdrawal", "Here, at any time: erased here at once", "Each gate's erasure has a receipt"
            ),
            Point("Under fourteen", "A guardian signs", "With their name and what they are to the child"),
        ),
    }
}


class ConsentAnswer(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`staff` saw the person agree to the text of version `wording`, or withdraw, at `at` (UTC)."""

    answer: ConsentAnswer
    at: datetime
    staff: str
    wording: str = WORDING
    language: str = "zh"


def is_wording(version: str) -> bool:
    """Whether there is a text of this version."""
    return version in _TEXTS


def points_for(language: str, version: str = WORDING) -> tuple[Point, ...]:
    """What the text says, point by point, in `language` (a BCP 47 tag); English where it is neither."""
    points = _POINTS[version]
    return points["zh"] if language.lower().startswith("zh") else points["en"]


def wording_for(language: str, version: str = WORDING) -> str:
    """The text in `language` (a BCP 47 tag); English where it is neither."""
    texts = _TEXTS[version]
    return texts["zh"] if language.lower().startswith("zh") else texts["en"]
