"""The runs of a chain in a file: a hole, another chain or another history begins the next one."""

from __future__ import annotations

from sync.central.history.core.runs import Run, runs_of


def row(chain: int, sequence: int, previous: bytes, own: bytes) -> dict[str, object]:
    return {"chain": chain, "sequence": sequence, "previous": previous, "hash": own}


def test_runs_end_where_the_next_event_does_not_follow() -> None:
    rows = [
        row(1, 1, b"", b"a"),
        row(1, 2, b"a", b"b"),
        row(1, 4, b"c", b"d"),  # a hole
        row(1, 5, b"x", b"e"),  # another history
        row(2, 6, b"e", b"f"),  # another chain, though the hash would fit
    ]
    assert list(runs_of(rows)) == [
        Run(1, 1, 2, b"", b"b"),
        Run(1, 4, 4, b"c", b"d"),
        Run(1, 5, 5, b"x", b"e"),
        Run(2, 6, 6, b"e", b"f"),
    ]


def test_nothing_has_no_runs() -> None:
    assert list(runs_of([])) == []
