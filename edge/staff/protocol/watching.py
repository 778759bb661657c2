"""What changes while somebody looks: the answer comes when there is something new."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.staff.protocol.envelope import Message, Sequence

LONGEST_WAIT = 2.0


class Topic(StrEnum):
    """What can be watched."""

    NOW = "now"
    """What the page Now shows, with the residents' names."""
    NOW_NAMELESS = "now_nameless"
    """The same for those who learn of no resident."""
    SCREEN = "screen"
    PREVIEW = "preview"
    """What the camera sees, for those who mind the gate, where the policy allows it."""
    AIM = "aim"
    """The same for those who aim the camera: every face is blurred."""
    ENROLMENT = "enrolment"
    """How the enrolment stands that goes on, and what the camera sees, for the session that runs it."""
    GATE = "gate"
    """What the tab Gate shows: the lane, and the last events, of no person."""
    INSTALLER = "installer"
    CHECKS = "checks"
    FIGURES = "figures"
    """The gate in figures, of no person."""


class Watch(Message, frozen=True):
    """Asks for what changed of these `topics` since version `since` of the gate's run `run` (0: everything).
    Answered with `Watched` as soon as something did, else after `most_wait` seconds.
    """

    topics: Annotated[tuple[Topic, ...], Meta(min_length=1, max_length=8)]
    since: Sequence = 0
    run: Sequence = 0
    most_wait: Annotated[float, Meta(ge=0.0, le=LONGEST_WAIT)] = LONGEST_WAIT


class Watched(Message, frozen=True):
    """What `changed`, by topic, each value as MessagePack; none: nothing did. The `version` and `run` are for
    the next `Watch`.
    """

    run: int
    version: int
    changed: dict[Topic, msgspec.Raw]


Requests = Watch
Answers = Watched
