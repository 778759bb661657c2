"""Counts passages by species and group of people: what is asked of one person more than of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from edge.calibration.core import FEWEST_PEOPLE
from edge.diagnostics.core.liveness_passage import JudgedBy, Passage
from edge.diagnostics.core.liveness_tally import SpeciesTally


@dataclass(frozen=True)
class GroupOfSpecies:
    """A group, `value` by the division `label`, before cameras that see one species."""

    species: str
    label: str
    value: str


@dataclass(frozen=True)
class LivenessByGroup:
    """The tallies of the groups that `labels` name: by what people are divided → person → group."""

    labels: Mapping[str, Mapping[str, str]]
    tallies: dict[GroupOfSpecies, SpeciesTally] = field(default_factory=dict)

    def add(self, passage: Passage, species: str, person: str | None) -> None:
        """Count one more passage, in every division that knows its person."""
        for label, groups in self.labels.items():
            if person is not None and person in groups:
                group = GroupOfSpecies(species, label, groups[person])
                self.tallies.setdefault(group, SpeciesTally()).add(passage, person)

    def in_order(self) -> Iterator[tuple[GroupOfSpecies, SpeciesTally]]:
        """Every group of which somebody was seen, by division, group and species."""
        yield from sorted(
            self.tallies.items(), key=lambda item: (item[0].label, item[0].species, item[0].value)
        )

    def plain(self, mode: JudgedBy) -> list[dict[str, Any]]:
        """As the last line of `faces liveness --json` has it."""
        return [
            {"species": group.species, "label": group.label, "group": group.value}
            | tally.plain(mode)
            | {"too_small": is_too_small(tally)}
            for group, tally in self.in_order()
        ]


def is_too_small(tally: SpeciesTally) -> bool:
    """Whether so few people say anything of others like them."""
    return len(tally.people) < FEWEST_PEOPLE
