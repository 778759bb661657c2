"""Why an update was not taken, in few words: the phrases that the errors are made of, so that a page can say
in its own language what a gate wrote down.
"""

from __future__ import annotations

from enum import StrEnum


class UpdateCause(StrEnum):
    """A cause, and the phrase by which a text of a gate's tells it; the first that is found counts."""

    FAILED_BEFORE = "did not work here"  # its reason then stands behind it
    BY_HAND = "taken back by hand"
    NOT_NEWER = "is not newer than"
    NO_UPDATER = "this gate takes no updates"  # edge.runtime says so
    KILLED = "fetching ended"
    NO_MODEL = "a model that it needs cannot be had"  # why then stands behind it
    FROZEN = "its metadata has expired"
    UNSIGNED = "not signed by the keys that this gate trusts"
    BEHIND = "older than what this gate has already seen"
    TOO_MUCH = "sends more than it may"
    ALTERED = "not what was signed, or cut off"
    SLOW = "sends too slowly"
    UNREACHED = "cannot be fetched"
    NOT_OFFERED = "there is no version"
    CLOCK = "the clock says"
    FULL = "have to stay free"
    OTHERWISE = "which the release does not declare"
    NOT_WORKING = "that it works"


def cause_of(why: str) -> UpdateCause | None:
    """What a gate's text tells; None: nothing that has a name."""
    return next((cause for cause in UpdateCause if cause in why), None)
