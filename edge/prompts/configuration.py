"""The `[prompts]` table of gate.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.prompts.texts import Hours, Percent

DeviceName = Annotated[
    str,
    # aplay would take a dash for an option.
    Meta(pattern=r"\A[^-\s][^\r\n]*\Z", description="the name of a sound device: aplay -L lists them"),
]


class PromptsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people hear and see. `voice` is the folder of recordings (none: the gate is mute), `device` a
    sound device of ALSA, `volume` in percent, `hours` the periods with another. `screen` says that a browser
    shows the console's page `/screen` to people, each prompt for `shown_for` seconds.
    """

    voice: Path | None = None
    device: DeviceName = "default"
    volume: Percent = 80
    hours: tuple[Hours, ...] = ()
    screen: bool = False
    shown_for: Annotated[float, Meta(ge=0.5, le=3600.0)] = 6.0

    @property
    def can_ask(self) -> bool:
        """Whether people learn what the gate asks of them."""
        return self.voice is not None or self.screen
