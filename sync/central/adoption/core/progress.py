"""How far an invitation is: from the code to the first decision of its gate."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Progress(StrEnum):
    """The steps of an invitation in their order, and its other ends."""

    INVITED = "invited"
    ENROLLED = "enrolled"
    CONNECTED = "connected"
    SUPPLIED = "supplied"
    DECIDED = "decided"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


STEPS: Final = (
    Progress.INVITED,
    Progress.ENROLLED,
    Progress.CONNECTED,
    Progress.SUPPLIED,
    Progress.DECIDED,
)


def progress_of(
    *, now: int, until: int, withdrawn: bool, enrolled: bool, heard: bool, registry: bool, decided: bool
) -> Progress:
    """How far an invitation is; `heard`, `registry` and `decided` say whether its gate was heard of, holds
    one, and has decided.

    One that enrolled a device is not undone by its end.
    """
    if enrolled:
        if decided:
            return Progress.DECIDED
        if registry:
            return Progress.SUPPLIED
        return Progress.CONNECTED if heard else Progress.ENROLLED
    if withdrawn:
        return Progress.WITHDRAWN
    return Progress.INVITED if now < until else Progress.EXPIRED
