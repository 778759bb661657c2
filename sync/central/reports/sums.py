"""Sums of files for reports: a tally of a file's accesses as a few bytes, and many of them added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from sync.central.history.manifest import KeptFile
from sync.central.history.reading import Accesses
from sync.central.history.sums import Summing, Sums
from sync.central.reports.core import ReportTally, Stretch, ahead_at
from sync.central.reports.filed import source_of
from sync.central.reports.tallies import tally_of

_COUNTED: Mapping[str, str] = {
    "days": "nt", "late": "n", "ahead": "n", "waits": "nn", "gates": "tt", "reasons": "tt", "by_hand": "tt",
    "decided_by_hour": "n", "by_face_by_hour": "n", "decided_by_gate": "t", "by_face_by_gate": "t",
}  # fmt: skip
"""What a tally counts without naming anybody who passed, and what its keys are made of: numbers and texts."""
_KEYS = ("of", "n1", "n2", "t1", "t2")
_COUNTS = pa.schema(
    [
        *(("of", pa.int8()), ("n1", pa.int64()), ("n2", pa.int64())),
        *(("t1", pa.string()), ("t2", pa.string()), ("times", pa.int64())),
    ]
)
_PEOPLE = pa.schema([("subject", pa.string()), ("decided", pa.int64()), ("by_face", pa.int64())])


def sums_of(accesses: Accesses, file: KeptFile, zone: str) -> Sums:
    """What the accesses of a file come to, by the days of `zone` as its clock is when they begin."""
    ahead = ahead_at(ZoneInfo(zone), max(file.first_at, 0))
    tally = tally_of(source_of(accesses), [file.site], Stretch(file.first_at, file.last_at + 1, ahead))
    return Sums(ahead, _bytes_of(_COUNTS, _counts(tally)), _bytes_of(_PEOPLE, _people(tally)))


SUMMING = Summing(1, sums_of)
"""How reports sum up files. What a tally counts changed? Then the form is another."""


def tally_of_sums(sums: Iterable[tuple[str, Sums]]) -> ReportTally:
    """What sums come to, each of a file at a site, by site: one site's are in memory at once."""
    counted: list[pa.Table] = []
    decided: dict[tuple[str, str], int] = {}
    by_face: dict[tuple[str, str], int] = {}
    for site, those in groupby(sums, lambda each: each[0]):
        counts, people = zip(*((_read(each.counts), _read(each.people)) for _, each in those), strict=True)
        counted.append(_added(pa.concat_tables(counts), _KEYS))
        for row in _added(pa.concat_tables(people), ("subject",)).to_pylist():
            decided[site, row["subject"]] = row["decided"]
            if row["by_face"]:
                by_face[site, row["subject"]] = row["by_face"]
    found: dict[str, dict[Any, int]] = {name: {} for name in _COUNTED}
    names = [*_COUNTED]
    if counted:
        whole = _added(pa.concat_tables(counted), _KEYS)
        for of, n1, n2, t1, t2, times in zip(
            *(whole[name].to_pylist() for name in _COUNTS.names), strict=True
        ):
            found[names[of]][_key(_COUNTED[names[of]], (n1, n2), (t1, t2))] = times
    return ReportTally(**found, decided_by_person=decided, by_face_by_person=by_face)


# --- inside --------------------------------------------------------------------------------


def _counts(tally: ReportTally) -> Iterator[tuple[Any, ...]]:
    for number, name in enumerate(_COUNTED):
        for key, times in getattr(tally, name).items():
            cells = key if isinstance(key, tuple) else (key,)
            n1, n2, *_ = (*(cell for cell in cells if isinstance(cell, int)), 0, 0)
            t1, t2, *_ = (*(cell for cell in cells if isinstance(cell, str)), "", "")
            yield number, n1, n2, t1, t2, times


def _people(tally: ReportTally) -> Iterator[tuple[Any, ...]]:
    for (site, subject), times in tally.decided_by_person.items():
        yield subject, times, tally.by_face_by_person.get((site, subject), 0)


def _key(made_of: str, numbers: tuple[int, int], texts: tuple[str, str]) -> Any:
    each = {"n": iter(numbers), "t": iter(texts)}
    cells = tuple(next(each[kind]) for kind in made_of)
    return cells if len(cells) > 1 else cells[0]


def _bytes_of(schema: pa.Schema, rows: Iterable[tuple[Any, ...]]) -> bytes:
    columns = [*zip(*rows, strict=True)] or [()] * len(schema)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_table(pa.Table.from_arrays(arrays, schema=schema))
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _read(written: bytes) -> pa.Table:
    with pa.ipc.open_stream(pa.py_buffer(written)) as stream:
        return stream.read_all()


def _added(table: pa.Table, keys: tuple[str, ...]) -> pa.Table:
    """A table with each key once, and what the rest comes to."""
    rest = [name for name in table.schema.names if name not in keys]
    found = table.group_by([*keys]).aggregate([(name, "sum") for name in rest])
    return found.select([*keys, *(f"{name}_sum" for name in rest)]).rename_columns([*keys, *rest])
