"""The scenes that an installer plays through a gate's lane before anybody stands at it."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from edge.boards.format import InputName


class Scene(StrEnum):
    """What happens at the lane."""

    GRANT = "grant"
    NOBODY_PASSES = "nobody_passes"
    REFUSED = "refused"
    OBSTACLE = "obstacle"
    BUTTON = "button"
    FIRE = "fire"


_BEAMS: Final = frozenset({InputName.BEAM_OUTER, InputName.BEAM_INNER})
_OBSTACLE: Final = frozenset({InputName.OBSTACLE})
_NOTHING: Final[frozenset[InputName]] = frozenset()
_STEPS: Final = {
    Scene.GRANT: (("1 grant anna entry", _NOTHING), ("3 walk entry", _BEAMS)),
    Scene.NOBODY_PASSES: (("1 grant anna entry", _NOTHING),),
    Scene.REFUSED: (("1 deny status_red", _NOTHING),),
    Scene.OBSTACLE: (
        ("1 grant anna entry", _NOTHING),
        ("3 walk entry", _BEAMS),
        ("6 obstacle on", _OBSTACLE),
        ("12 obstacle off", _OBSTACLE),
    ),
    Scene.BUTTON: (("1 press override", frozenset({InputName.OVERRIDE})),),
    Scene.FIRE: (
        ("1 fire on", frozenset({InputName.FIRE})),
        ("10 fire off", frozenset({InputName.FIRE})),
    ),
}
"""The steps of each, as a script of timed inputs (docs/lane.md), with the inputs that each needs."""


def script_of(scene: Scene, board: str, wired: Collection[InputName]) -> str:
    """The script of `scene` on a board with these inputs, without what the board cannot sense."""
    steps = (text for text, needed in _STEPS[scene] if needed <= frozenset(wired))
    return "\n".join((f"board {board}", *steps, ""))
