"""How far an exchange of versions has come: what is on disk before each step, so that it can be gone on with.

A power cut leaves one of these values. `ExchangePhase.EXCHANGING` and `CONFIRMING` say that the version in
force has yet to show that it works; whoever reads one after so many starts of the computer takes it back.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from edge.journal.format import SoftwareUpdateEnded, UpdateEnd
from sync.updates.core.causes import UpdateCause
from sync.updates.core.release import VERSION, VersionName

MOST_STARTS = 3
"""Starts of the computer with a version that has not shown that it works; then it is taken back."""
_MOST_FAILED = 20
MOST_WHY = 2000
"""Letters of what is said of an update that ended."""


class ExchangePhase(StrEnum):
    """What is being done about the version in force."""

    EXCHANGING = "exchanging"  # from here on `current` may name the new version
    GOING_BACK = "going_back"  # from here on `current` may name the old one again


class Exchange(msgspec.Struct, frozen=True):
    """One exchange under way: from `before` to `version`. `starts` counts the computer's since it began.

    `epoch` and `sequence` are the journal's newest event before it (empty and 0: unknown), `probed` whether
    the probe worked then, `why` the reason to go back. `by_hand`: somebody wants the older `version` again.
    """

    version: VersionName
    before: VersionName
    phase: ExchangePhase
    changes: tuple[str, ...] = ()
    starts: int = 0
    epoch: bytes = b""
    sequence: int = 0
    probed: bool = False
    why: str = ""
    by_hand: bool = False


class Unfetched(msgspec.Struct, frozen=True):
    """That `version` ("": none was named) could not be fetched, and why; `at` is when, by the clock there
    (seconds since 1970 UTC).
    """

    version: Annotated[str, Meta(pattern=rf"\A({VERSION})?\Z")]
    why: Annotated[str, Meta(max_length=MOST_WHY)]
    at: float


class Standing(msgspec.Struct, frozen=True):
    """What is known of updates here, in one file of root's.

    `exchange` is under way (null: none), `ended` says how the last update ended, `failed` which versions did
    not work here, and why. `floor` is a time that has certainly passed (seconds since 1970 UTC). `unfetched`
    is the last fetch, where it failed (null: it did not), `heard` what the fetching process itself said last
    of a failure, `unit_told` the mark of what its unit said of that fetch's end: noted, and not told again.
    """

    exchange: Exchange | None = None
    ended: SoftwareUpdateEnded | None = None
    failed: dict[VersionName, str] = {}
    floor: float = 0.0
    unfetched: Unfetched | None = None
    heard: Unfetched | None = None
    unit_told: tuple[int, int, int] | None = None


def begun(standing: Standing, exchange: Exchange) -> Standing:
    """With `exchange` under way."""
    return replace(standing, exchange=exchange)


def started_again(standing: Standing) -> Standing:
    """One start of the computer later; too many, and the version is to be taken back."""
    under_way = standing.exchange
    if under_way is None or under_way.phase is ExchangePhase.GOING_BACK:
        return standing
    starts = under_way.starts + 1
    later = replace(under_way, starts=starts)
    if starts >= MOST_STARTS:
        why = f"did not show {UpdateCause.NOT_WORKING} in {starts} starts of the computer"
        later = replace(later, phase=ExchangePhase.GOING_BACK, why=why)
    return replace(standing, exchange=later)


def not_fetched(
    standing: Standing,
    word: Unfetched,
    before: str,
    heard: Unfetched | None,
    unit_told: tuple[int, int, int] | None,
) -> Standing:
    """With the end noted of an update that could not be fetched: it is refused, and tried again later.

    `heard` is what the fetching process says: that `word`, an older one beside a kill, or nothing;
    `unit_told` the mark of what its unit says.
    """
    noted = ended(standing, word.version, before, UpdateEnd.REFUSED, word.why)
    return replace(noted, unfetched=word, heard=heard, unit_told=unit_told)


def fetched_again(standing: Standing) -> Standing:
    """Fetching works."""
    return replace(standing, unfetched=None)


def exchanged(standing: Standing, exchange: Exchange) -> Standing:
    """With the end noted of an exchange that came about. Of one by hand the end is that of the version that
    was left: it is not taken again by itself.
    """
    version, before = exchange.version, exchange.before
    if not exchange.by_hand:
        return ended(standing, version, before, UpdateEnd.INSTALLED)
    noted = ended(standing, before, version, UpdateEnd.WENT_BACK, UpdateCause.BY_HAND, blamed=True)
    return replace(noted, failed={name: why for name, why in noted.failed.items() if name != version})


def ended(
    standing: Standing, version: str, before: str, how: UpdateEnd, why: str = "", *, blamed: bool = False
) -> Standing:
    """With nothing under way, and the end noted. A version that is `blamed` is not tried again by itself."""
    number = 1 if standing.ended is None else standing.ended.number + 1
    failed = dict(standing.failed)
    if how is UpdateEnd.INSTALLED:
        failed.pop(version, None)
    if blamed:
        failed[version] = why[:MOST_WHY]
    return replace(
        standing,
        exchange=None,
        ended=SoftwareUpdateEnded(number, version, before, how, why[:MOST_WHY]),
        failed=dict(list(failed.items())[-_MOST_FAILED:]),
    )
