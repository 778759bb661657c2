"""Why somebody appeals, as data: a code, and what it is called in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from edge.decision import Text
from edge.staff.core.reasons import TYPED

APPEALS: Mapping[str, Text] = MappingProxyType(
    {
        "status_wrong": Text("健康码不符", "The health code is wrong"),
        "right_missing": Text("应当可以通行", "They should have the right"),
        "somebody_else": Text("认成了别人", "Taken for somebody else"),
        "pass_refused": Text("通行码被误拒", "A good pass was refused"),
        TYPED: Text("其他原因", "Another reason"),
    }
)
"""Every reason, in the order in which they are offered. A code, once released, keeps its meaning."""
AN_HOUR: Final = 20
"""Appeals that one person of the staff files within an hour."""


def is_appeal(why: str, text: str) -> bool:
    """Whether `why` is one of the reasons; what is none of the others needs a `text`."""
    return bool(text.strip()) if why == TYPED else why in APPEALS
