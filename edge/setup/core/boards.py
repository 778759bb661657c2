"""Which board file fits what was found, and what says that one does not."""

from __future__ import annotations

import re

from edge.boards.format import Computer
from edge.setup.core.found import BoardKnown, Found

_MODELS = (
    ("raspberry pi 5", Computer.PI_5),
    ("compute module 5", Computer.PI_5),
    ("raspberry pi 4", Computer.PI_4),
    ("raspberry pi 400", Computer.PI_4),
    ("compute module 4", Computer.CM_4),
    ("raspberry pi zero 2", Computer.PI_ZERO_2),
    ("raspberry pi 3", Computer.PI_3),
    ("compute module 3", Computer.PI_3),
)
"""Words of /proc/device-tree/model."""
_SAYS_NOTHING = frozenset({"raspberry", "pi", "hat", "board", "the", "rpi", "relay"})


def computer_in(model: str) -> Computer | None:
    """The computer whose device tree says `model`; None: one that no board file is for."""
    return next((computer for words, computer in _MODELS if words in model.lower()), None)


def boards_by_fit(found: Found) -> tuple[BoardKnown, ...]:
    """The known boards, the likeliest first: one for the HAT, the bare computer, others of it, the rest."""
    computer = computer_in(found.model) or Computer.SIMULATED
    hat = _words(found.hat)

    def rank(board: BoardKnown) -> tuple[int, int, str]:
        here = board.computer is computer
        return (
            -len(hat & _words(board.name)) if here else 0,
            0 if board.name == computer.value else 1 if here else 2,
            board.name,
        )

    return tuple(sorted(found.boards, key=rank))


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", text.lower())) - _SAYS_NOTHING


def misfit(computer: Computer, found: Found) -> str:
    """Why a board for `computer` cannot be what is wired here; empty: nothing says so."""
    if computer is Computer.SIMULATED or computer in found.computers:
        return ""
    here = computer_in(found.model)
    if here is not None and here is not computer:
        return f"it is for a {computer.value}, and this is a {here.value} ({found.model})"
    chips = ", ".join(f"{chip.label} ({chip.lines} lines)" for chip in found.chips) or "none"
    return f"the GPIO chip of a {computer.value} is not here; this computer has: {chips}"
