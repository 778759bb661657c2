"""All that was measured of one engine, as a file holds it: everybody together and each group.

The risk that is stated holds for the worst group measured, not for the mean of all: of each share of
comparisons the gates are given the score of the group whose strangers are most alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from edge.calibration.format.calibration import Calibration, CurvePoint, smallest_share
from edge.signing.cose import Name
from edge.signing.cose import Sequence as Count

FEWEST_IN_GROUP = 100
"""Tails of fewer people scatter too much to set everybody's threshold (docs/decisions/0147)."""

_LONGEST_TEXT = 1024
_Curve = Annotated[tuple[CurvePoint, ...], Meta(max_length=4096)]


class GroupCurve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How alike strangers within one group are, bare and under a mask; empty where it has too few people."""

    label: Name
    value: Name
    people: Count
    photographs: Count
    strangers: _Curve = ()
    covered: _Curve = ()


class CalibrationRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All that was measured of one engine: everybody together, and each group. The gates get `for_gates`."""

    format: Literal["gatepost-calibration-2"] = "gatepost-calibration-2"
    everybody: Calibration
    groups: Annotated[tuple[GroupCurve, ...], Meta(max_length=1024)] = ()

    def __post_init__(self) -> None:
        """Refuse curves that cannot be compared: each has a score for each of the same shares."""
        for bare, covered in [(self.everybody.strangers, self.everybody.covered), *map(_curves, self.groups)]:
            for curve in (bare, covered):
                if curve and _shares(curve) != _shares(self.everybody.strangers):
                    raise ValueError("the curves are not of the same shares")

    def for_gates(self) -> Calibration:
        """The calibration by the worst of everybody and each group; its source says which that is."""
        used = [group for group in self.groups if group.strangers]
        if not used:
            why = f"no group of {FEWEST_IN_GROUP} people" if self.groups else "no groups measured"
            return replace(self.everybody, source=_text(f"{self.everybody.source}, {why}"))
        strangers = _highest([self.everybody.strangers, *(group.strangers for group in used)])
        worst = [group for group in used if _decides(group.strangers, strangers)]
        named = ", ".join(f"{group.value} by {group.label}" for group in worst) or "everybody"
        return replace(
            self.everybody,
            source=_text(f"{self.everybody.source}, for the worst group: {named}"),
            smallest=max([self.everybody.smallest, *(smallest_share(group.people) for group in worst)]),
            strangers=strangers,
            covered=_highest([self.everybody.covered, *(group.covered for group in used)]),
        )


def _highest(curves: Sequence[tuple[CurvePoint, ...]]) -> tuple[CurvePoint, ...]:
    """Of each share the highest score of any curve, and the highest limits; all have the same shares."""
    return tuple(
        CurvePoint(
            points[0].share,
            max(point.score for point in points),
            max(point.low for point in points),
            max(point.high for point in points),
        )
        for points in zip(*(curve for curve in curves if curve), strict=True)
    )


def _curves(group: GroupCurve) -> tuple[tuple[CurvePoint, ...], tuple[CurvePoint, ...]]:
    return group.strangers, group.covered


def _shares(curve: tuple[CurvePoint, ...]) -> list[float]:
    return [point.share for point in curve]


def _decides(curve: tuple[CurvePoint, ...], worst: tuple[CurvePoint, ...]) -> bool:
    return any(mine.score == highest.score for mine, highest in zip(curve, worst, strict=True))


def _text(source: str) -> str:
    return source[:_LONGEST_TEXT]
