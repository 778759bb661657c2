"""Which grant a one-time code is given back for: one that the lane refused before anything opened."""

from __future__ import annotations

from edge.journal.format import Entry, Event, LaneGrantRefused

_MOST = 64
"""Grants that are remembered: far more than a lane holds out at once."""


class GrantsOut:
    """The last grants, by the reference that the lane was given for each.

    A reference is a number in one epoch of the journal. Where another epoch began meanwhile and has counted
    up to the same number, nobody can tell which of the two grants the lane means: then it is neither.
    """

    def __init__(self) -> None:
        self._out: dict[str, Entry | None] = {}

    def went(self, grant: Entry) -> None:
        """The lane is told of this grant."""
        reference = str(grant.sequence)
        ambiguous = reference in self._out
        self._out[reference] = None if ambiguous else grant
        if len(self._out) > _MOST:
            del self._out[next(iter(self._out))]

    def refused_by(self, event: Event) -> Entry | None:
        """The grant that `event` says the lane refused while it had opened nothing for them; once each."""
        if not isinstance(event, LaneGrantRefused) or not event.opened_nothing:
            return None
        return self._out.pop(event.reference, None)
