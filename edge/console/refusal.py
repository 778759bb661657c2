"""What the gate did not do, as an exception that becomes a page."""

from __future__ import annotations

from edge.staff.protocol import Refused, RefusedWhy
from edge.web.texts import N_

_AWAY = N_("The gate's process does not answer.")
_USE_BUTTON = N_("Use the wired button: it works without this page. Try again in a few seconds.")
_WRONG = N_("Something on the form is missing, too long, or has letters that are not taken.")
_LOOK_AGAIN = N_("Go back and look at the form again.")


class Refusal(Exception):
    """The gate refused a request, or did not answer it. `answer` says why, and what to do. `maybe_done`: it
    was asked, and ended before it said whether it had done it.
    """

    def __init__(self, answer: Refused, *, maybe_done: bool = False) -> None:
        super().__init__(answer.text)
        self.answer = answer
        self.maybe_done = maybe_done

    @property
    def why(self) -> RefusedWhy:
        """A code."""
        return self.answer.why


def not_readable(detail: str) -> Refusal:
    """The refusal of a request that the gate could not read: what was typed is not what it takes."""
    return Refusal(Refused(RefusedWhy.INVALID, _WRONG, _LOOK_AGAIN, detail=detail))


def gate_away(*, maybe_done: bool = False) -> Refusal:
    """The refusal of a gate that gives no answer."""
    return Refusal(Refused(RefusedWhy.UNAVAILABLE, _AWAY, _USE_BUTTON), maybe_done=maybe_done)
