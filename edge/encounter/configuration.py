"""The `[encounter]` table of gate.toml."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class Patience(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an encounter is paced, in seconds.

    `evidence_within`: what is missing by then is asked for. `give_up_after`: what is missing by then is
    a denial. `gone_after`: unseen for so long, a person has left. `ask_again_after`: anyone who was refused,
    stays and shows no more than before is not decided on again sooner; anyone who passed has so long to
    walk on.
    """

    evidence_within: Annotated[float, Meta(gt=0.0, le=60.0)] = 1.0
    give_up_after: Annotated[float, Meta(gt=0.0, le=300.0)] = 8.0
    gone_after: Annotated[float, Meta(ge=0.1, le=60.0)] = 2.0
    ask_again_after: Annotated[float, Meta(ge=0.5, le=3600.0)] = 10.0

    def __post_init__(self) -> None:
        """Refuse to give up on somebody who was asked for nothing yet."""
        if self.evidence_within > self.give_up_after:
            raise ValueError(
                f"evidence_within ({self.evidence_within:g} s) is longer than give_up_after "
                f"({self.give_up_after:g} s): nobody would be asked for what is missing"
            )
