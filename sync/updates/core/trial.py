"""What the trial of a version found, and what of that keeps a gate from taking it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from sync.updates.core.causes import UpdateCause

MOST_NAMED = 400
"""Kinds of differences that a report names: more than a release can declare by its reasons at one gate."""


class Difference(msgspec.Struct, frozen=True):
    """A decision that another version makes otherwise: event `sequence`, outcome and reason then and now."""

    sequence: int
    outcome: str
    reason: str
    outcome_now: str
    reason_now: str

    def is_declared(self, changes: Collection[str]) -> bool:
        """Whether a release that declares these reasons may decide so."""
        return self.reason in changes or self.reason_now in changes

    def __str__(self) -> str:
        then, now = f"{self.outcome}, {self.reason}", f"{self.outcome_now}, {self.reason_now}"
        return f"event {self.sequence} was {then}, would be {now}"


class TrialReport(msgspec.Struct, frozen=True):
    """What a version says of itself at this gate: what of its checks is bad, how many decisions of the gate
    that runs it made again (`compared`), and which came out otherwise: `differ`, the first of each kind, of
    `differing`; `unnamed` of these are of kinds that are not in it. `skipped` could not be made again.
    `problem` says why the trial itself came to no end.
    """

    version: str
    bad: tuple[str, ...] = ()
    compared: int = 0
    skipped: int = 0
    differing: int = 0
    differ: tuple[Difference, ...] = ()
    unnamed: int = 0
    problem: str = ""


def objections(before: TrialReport | None, after: TrialReport, changes: Collection[str]) -> Iterator[str]:
    """What keeps a gate from the version of `after`: `before` is what the running version says of itself.

    What is bad with both is no reason to stay: it is the gate's own. `changes` are the declared reasons.
    """
    if after.problem:
        yield f"its trial came to no end: {after.problem}"
    known = () if before is None else before.bad
    yield from (
        f"it finds what {_running(before)} does not: {text}" for text in after.bad if text not in known
    )
    for difference in after.differ:
        if not difference.is_declared(changes):
            yield f"{difference}, {UpdateCause.OTHERWISE}"
    if after.unnamed:
        yield f"{after.unnamed} decisions more come out otherwise, in too many ways to be named"


def _running(before: TrialReport | None) -> str:
    return "the version that runs" if before is None else before.version
