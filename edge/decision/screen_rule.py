"""What a site lets others than the person read and hear at a gate: the policy's `[screen]`."""

from __future__ import annotations

from typing import Annotated

import msgspec

from edge.signing.cose import ShortText
from edge.support.phrases import WrongValue, phrase

Telephone = Annotated[
    str,
    msgspec.Meta(
        max_length=32,
        pattern=r"\A([0-9+(][0-9 +()/-]*)?\Z",
        description=str(phrase("a telephone number: digits, spaces and + ( ) / -")),
    ),
]


class AppealText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a person asks about a refusal, in each language: the screen adds its number."""

    zh: ShortText
    en: ShortText


class ScreenRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What screen and voice tell those who stand by.

    `discreet`: what to do, and never why; what concerns somebody's health is told like any other denial or
    referral. `names` shows the person's name, `status_colour` the tile of their health code beside it.
    `community_phone` stands under "call the community office", `appeal` under every refusal.
    """

    discreet: bool = False
    names: bool = False
    status_colour: bool = False
    community_phone: Telephone = ""
    appeal: AppealText | None = None

    def __post_init__(self) -> None:
        """Raise WrongValue for a discreet screen that shows whom it concerns, or their status."""
        if self.discreet and (self.names or self.status_colour):
            raise WrongValue(
                phrase(
                    "a discreet screen shows neither names nor the status: leave out names and status_colour"
                )
            )
