"""What became of an exit at its gate: whether staff let the person out after all, and whether they went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from edge.decision import Direction
from edge.journal.format import Entry, LaneGrantRefused, LanePassed, StaffActTaken, understood

REACH = 256
"""Events after a decision within which a gate tells what became of it."""
KINDS = frozenset(kind.kind.value for kind in (StaffActTaken, LanePassed, LaneGrantRefused))
_LETS_OUT = "let_in"  # what the gate calls an opening for one person, whichever way they go


@dataclass(frozen=True)
class Aftermath:
    """What became of an exit: which event of staff (`let_out`, at `let_out_at`, by `staff`) let the person
    out, by which they `passed`, and when, and by which the lane `refused` what let them out last; None where
    nothing tells.
    """

    let_out: int | None = None
    let_out_at: int | None = None
    staff: str | None = None
    passed: int | None = None
    passed_at: int | None = None
    refused: int | None = None


NOTHING = Aftermath()


def aftermath_of(sequence: int, after: Iterable[Entry]) -> Aftermath:
    """What the events `after` the decision `sequence` of the same journal say of it, in whatever order."""
    ordered = sorted(
        (each for each in after if sequence < each.sequence <= sequence + REACH), key=lambda e: e.sequence
    )
    told = [(each, event) for each in ordered if (event := understood(each)) is not None]
    act = next(
        (
            (entry, event)
            for entry, event in told
            if isinstance(event, StaffActTaken) and event.act == _LETS_OUT and event.about == sequence
        ),
        None,
    )
    last = str(act[0].sequence if act else sequence)
    references = {str(sequence), last}
    passed = next(
        (
            entry
            for entry, event in told
            if isinstance(event, LanePassed)
            and event.reference in references
            and event.direction is not Direction.ENTRY
        ),
        None,
    )
    refused = next(
        (
            entry
            for entry, event in told
            if isinstance(event, LaneGrantRefused) and event.reference == last and event.opened_nothing
        ),
        None,
    )
    return Aftermath(
        act[0].sequence if act else None,
        act[0].at if act else None,
        act[1].staff[:128].replace("\0", "") if act else None,
        passed.sequence if passed else None,
        passed.at if passed else None,
        refused.sequence if refused else None,
    )
