"""What a person is asked before a template of their face is made, and that they agreed (GDPR art. 7 and 9).

The wording has a version: a record says which text somebody agreed to. A new text gets a new version; the
old ones stay, since records name them.
"""

from __future__ import annotations

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


def wording_for(language: str, version: str = WORDING) -> str:
    """The text in `language` (a BCP 47 tag); English where it is neither."""
    texts = _TEXTS[version]
    return texts["zh"] if language.lower().startswith("zh") else texts["en"]
