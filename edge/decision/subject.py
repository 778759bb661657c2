"""A person the registry knows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from edge.decision.status import StatusRecord
from edge.signing.cose import Instant, Name, NameSet, ShortText, Text, Version


class IsolationException(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A declared reason to leave home during isolation: a hospital visit, a test.

    Holds from `since` (inclusive) until `until` (exclusive), both UTC.
    """

    reason: Text
    since: Instant
    until: Instant


class HomeIsolation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order to stay at home from `since` (inclusive) to `until` (exclusive; None: until lifted), UTC."""

    source: Text
    since: Instant
    until: Instant | None = None
    exceptions: Annotated[tuple[IsolationException, ...], Meta(max_length=64)] = ()

    def holds_at(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)

    def may_hold_after(self, instant: datetime) -> bool:
        """Whether it may hold at some time from `instant` on."""
        return self.until is None or instant < self.until

    def exception_at(self, now: datetime) -> IsolationException | None:
        return next((item for item in self.exceptions if item.since <= now < item.until), None)


VISITOR_IDS = "visitor:"
"""How the ids of visitors begin; no subject of a registry is called so."""


def is_visitor(subject_id: str) -> bool:
    """Whether an id is one of those that visitor passes give, and registries do not."""
    return subject_id.startswith(VISITOR_IDS)


# `gc=False`: it can be in no cycle, and there are a hundred thousand.
class Subject(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A person the registry knows.

    `address` is the address code (building/unit/room). `valid_from` (inclusive) and `valid_until`
    (exclusive) are UTC; None leaves that side open. `language` is a BCP 47 tag for prompts.
    `certificates` are the health certificates that this person once showed with their papers: truncated
    hashes (32 hexadecimal digits) of who signed each, its id, the name and the date of birth.
    `second_factor` is for those who look like somebody else here (twins): where a face is looked at, they
    need their code as well. `version` rises with every change; a sealed template belongs to the version that
    it was sealed for and to later ones.
    """

    id: Name
    name: Text = ""
    address: Text = ""
    groups: NameSet = frozenset()
    status: StatusRecord | None = None
    isolation: HomeIsolation | None = None
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    language: ShortText = "zh"
    certificates: Annotated[tuple[ShortText, ...], Meta(max_length=64)] = ()
    second_factor: bool = False
    version: Version = 1
