"""The encounter that is going on, as its tracker keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.encounter.choosing import HeldCode
from edge.encounter.values import Encounter, Undecided


@dataclass
class OpenEncounter:
    """The encounter that is going on."""

    began: float
    input: str
    codes: dict[str, HeldCode] = field(default_factory=dict)  # by their texts
    timings: dict[str, float] = field(default_factory=dict)
    track: int | None = None  # of the face that was meant last
    codes_since: float = float("-inf")  # those that were seen last before then are another's
    scanned: frozenset[str] = frozenset()  # texts that a scanner read: nobody has to hold them up
    frames: int = 0  # that showed somebody
    latest: Encounter | None = None  # as the last of them left it
    suspect: Encounter | None = None  # what is told even if they go: a face that was taken for a picture

    def took(self, timings: Mapping[str, float]) -> None:
        """Keep the longest milliseconds of each stage."""
        for stage, milliseconds in timings.items():
            self.timings[stage] = max(self.timings.get(stage, 0.0), milliseconds)


def undecided(ended: OpenEncounter | None) -> Undecided | None:
    """What there is to tell of an encounter that ends now without a decision; None where nothing is."""
    if ended is None or ended.latest is None or ended.suspect is not None:
        return None
    return Undecided(ended.latest, ended.frames)
