"""How far an invitation is: from the code to the first decision of its gate."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class InvitationStep(StrEnum):
    """The steps of an invitation in their order, and its other ends."""

    INVITED = "invited"
    ENROLLED = "enrolled"
    CONNECTED = "connected"
    SUPPLIED = "supplied"
    DECIDED = "decided"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


STEPS: Final = (
    InvitationStep.INVITED,
    InvitationStep.ENROLLED,
    InvitationStep.CONNECTED,
    InvitationStep.SUPPLIED,
    InvitationStep.DECIDED,
)


def progress_of(
    *, lasts: bool, withdrawn: bool, enrolled: bool, heard: bool, registry: bool, decided: bool
) -> InvitationStep:
    """How far an invitation is; `lasts` says whether its code still holds, `heard`, `registry` and `decided`
    whether its gate was heard of, holds one, and has decided.

    One that enrolled a device is not undone by its end.
    """
    if enrolled:
        if decided:
            return InvitationStep.DECIDED
        if registry:
            return InvitationStep.SUPPLIED
        return InvitationStep.CONNECTED if heard else InvitationStep.ENROLLED
    if withdrawn:
        return InvitationStep.WITHDRAWN
    return InvitationStep.INVITED if lasts else InvitationStep.EXPIRED
