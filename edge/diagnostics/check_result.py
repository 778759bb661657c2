"""The result of one check of a gate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"  # the gate does not start, or lets nobody in


@dataclass(frozen=True)
class CheckResult:
    """The result of one check. `remedy` is empty where nothing needs doing."""

    verdict: Verdict
    what: str
    text: str
    remedy: str = ""
