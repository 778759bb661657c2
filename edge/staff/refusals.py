"""What a refusal says: what happened, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from edge.staff.protocol import Refused, RefusedWhy

SAID: Mapping[RefusedWhy, tuple[str, str]] = MappingProxyType(
    {
        RefusedWhy.NOT_SIGNED_IN: ("Nobody is signed in here, or the session is over.", "Sign in."),
        RefusedWhy.WRONG: (
            "The name or the PIN is wrong.",
            "Type both again. Five wrong PINs lock the account for a minute.",
        ),
        RefusedWhy.LOCKED_OUT: (
            "Too many wrong PINs: the account is locked for a while.",
            "Wait, or ask a manager to unlock it.",
        ),
        RefusedWhy.NOT_YOUR_ROLE: ("Your role may not do this.", "Ask a manager."),
        RefusedWhy.PIN_MUST_CHANGE: ("The PIN was given to you.", "Choose your own PIN first."),
        RefusedWhy.PIN_WEAK: (
            "This PIN is easily guessed.",
            "Choose six digits or more, no date and no row.",
        ),
        RefusedWhy.UNREADABLE: ("The gate could not read the request.", "Load the page again."),
        RefusedWhy.INVALID: ("Something on the form is missing or wrong.", "Look at the form again."),
        RefusedWhy.DIGITS: (
            "Digits like those of a PIN are not written down.",
            "Write it again without them; a longer number in parts, with words between.",
        ),
        RefusedWhy.UNKNOWN: ("There is no such entry.", "Load the list again."),
        RefusedWhy.TAKEN: ("There is one already.", "Choose another."),
        RefusedWhy.LAST_MANAGER: ("This is the last manager.", "Make somebody else a manager first."),
        RefusedWhy.LIMIT: ("That is more than the policy allows.", "Choose less, or ask the centre."),
        RefusedWhy.GONE: ("The person is no longer there.", "Look who is there now, and choose again."),
        RefusedWhy.LOCKED_BY_CENTRE: (
            "The centre has locked this gate.",
            "Call the centre. In an emergency use the wired button.",
        ),
        RefusedWhy.LOCKED: ("The gate is locked.", "Unlock it first."),
        RefusedWhy.OCCUPIED: (
            "Somebody is before the gate, or the barrier is in use.",
            "Wait until nobody is there and the barrier is closed, and try again.",
        ),
        RefusedWhy.FIRE: ("The fire input holds the barrier open.", "Follow the fire brigade."),
        RefusedWhy.POLICY: ("The site's policy does not allow this here.", "Ask a manager, or the centre."),
        RefusedWhy.NOT_RECORDED: (
            "The journal could not store it, so it was not done.",
            "Use the wired button, and report the fault.",
        ),
        RefusedWhy.BUSY: ("The gate has too much to do.", "Try again, or use the wired button."),
        RefusedWhy.UNAVAILABLE: (
            "The gate cannot do this now.",
            "Use the wired button, and report the fault.",
        ),
    }
)
"""The text and the remedy of each refusal; pages translate them."""


def refused(why: RefusedWhy, *, wait: float = 0.0, detail: str = "") -> Refused:
    """The refusal `why`, in words."""
    text, remedy = SAID[why]
    return Refused(why, text, remedy, wait, detail)
