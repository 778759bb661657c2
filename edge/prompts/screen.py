"""What prompts are shown on."""

from __future__ import annotations

from typing import Protocol

from edge.prompts.texts import ScreenCard


class Screen(Protocol):
    """What prompts are shown on."""

    def show(self, card: ScreenCard) -> None:
        """Show this. Raises DeviceError."""
        ...


class SimulatedScreen:
    """Records what it is given."""

    def __init__(self) -> None:
        self.shown: list[ScreenCard] = []

    def show(self, card: ScreenCard) -> None:
        self.shown.append(card)
