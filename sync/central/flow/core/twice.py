"""One person inside two places at once: who came in somewhere without having left where they were."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Came(NamedTuple):
    """Somebody passed by a decision about them, which way (`enters`); the event of the decision names it."""

    at: int
    site: str
    enters: bool
    device: str
    chain: int
    sequence: int


class Twice(NamedTuple):
    """Somebody is `inside` one site and `came` into another."""

    inside: Came
    came: Came


def twice_at(came: Came, all_of_them: Iterable[Came]) -> Twice | None:
    """Where somebody was inside when they came in elsewhere: what they did last before that was to come in at
    another site. None: nowhere, or they left.
    """
    before = [each for each in all_of_them if (each.at, each.chain, each.sequence) < _place(came)]
    last = max(before, key=_place, default=None)
    if not came.enters or last is None or not last.enters or last.site == came.site:
        return None
    return Twice(last, came)


class Exits(NamedTuple):
    """Who left a site in a time: so many were counted, and `named` by decisions.

    `unsure` are those whom no beam counted, or not which way, and times in which anybody may have gone
    uncounted. `usual` is how many were named in the day before.
    """

    left: int
    named: int
    unsure: int
    usual: int


ENOUGH = 10
"""So many named exits in a day show that people do not leave a site without a decision."""


def would_tell(exits: Exits) -> bool:
    """Whether somebody who left would have been named: everybody was who did, and people are at all."""
    return exits.usual >= ENOUGH and not exits.unsure and exits.left <= exits.named


def _place(each: Came) -> tuple[int, int, int]:
    return each.at, each.chain, each.sequence
