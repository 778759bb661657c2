"""What the process that tries is told, and what it says: one JSON object a line."""

from __future__ import annotations

from typing import Any

import msgspec

from edge.diagnostics.check_result import CheckResult
from edge.setup.core import Trial, TrialOutcome

MOST_LINE = 64 * 1024


class TryThis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The gate as it would be configured (`document`), what to try of it, for how long at most, and under
    which name that stands in the journal. Without a `trial` the gate is checked: of `gate_file`, `beside` a
    gate that runs and keeps its devices.
    """

    document: dict[str, Any] = {}
    trial: Trial | None = None
    seconds: float = 60.0
    installer: str = "installer"
    gate_file: str = ""
    beside: bool = False


class TryingSaid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A `text` on the way, a result of the checks, or how the trial came out, which is the last."""

    text: str = ""
    check: CheckResult | None = None
    outcome: TrialOutcome | None = None
