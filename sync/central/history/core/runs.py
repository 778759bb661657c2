"""The runs of a chain in a file: from one sequence to another without a hole, each event leading on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from edge.journal.format import OWN_FIELDS, entry_from, is_whole

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """Events `first` to `last` of a chain. The first follows `previous`, and `hash` is the last one's."""

    chain: int
    first: int
    last: int
    previous: bytes
    hash: bytes


def runs_of(rows: Iterable[Row]) -> Iterator[Run]:
    """The runs of `rows`, which are in order of chain and sequence. A row that does not follow the one before
    it begins another.
    """
    run: Run | None = None
    for row in rows:
        follows = run is not None and (row["chain"], row["sequence"], row["previous"]) == (
            run.chain,
            run.last + 1,
            run.hash,
        )
        if run is not None and follows:
            run = Run(run.chain, run.first, row["sequence"], run.previous, row["hash"])
            continue
        if run is not None:
            yield run
        run = Run(row["chain"], row["sequence"], row["sequence"], row["previous"], row["hash"])
    if run is not None:
        yield run


def first_changed(rows: Iterable[Row]) -> Row | None:
    """The first of `rows` whose hash is not that of what it says; None: all are whole."""
    for row in rows:
        own = [row[name] for name in OWN_FIELDS]
        try:
            whole = is_whole(entry_from(row["epoch"], row["gate"], own))
        except ValueError:
            whole = False
        if not whole:
            return row
    return None
