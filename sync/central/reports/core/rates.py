"""Rates, and between which limits the truth lies."""

from __future__ import annotations

from math import sqrt

import msgspec

Z_95 = 1.959963984540054
"""The standard normal deviate that 95 in a hundred lie within."""


class Rate(msgspec.Struct, frozen=True):
    """So many `times` of so many (`of`)."""

    times: int
    of: int

    @property
    def share(self) -> float:
        return self.times / self.of if self.of else 0.0

    @property
    def limits(self) -> tuple[float, float]:
        """The 95 % limits of the share."""
        return wilson(self.times, self.of)


def wilson(times: int, of: int) -> tuple[float, float]:
    """The 95 % limits of a share by Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927):
    it holds for rare things and few people too, where the usual one would go below zero.
    """
    if of <= 0:
        return 0.0, 1.0
    share, square = times / of, Z_95 * Z_95
    middle = share + square / (2 * of)
    spread = Z_95 * sqrt(share * (1 - share) / of + square / (4 * of * of))
    low, high = (middle - spread) / (1 + square / of), (middle + spread) / (1 + square / of)
    # Of none or all, one limit is exact: rounding would leave a trace.
    return (0.0 if times == 0 else max(0.0, low)), (1.0 if times == of else min(1.0, high))
