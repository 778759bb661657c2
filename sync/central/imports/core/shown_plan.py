"""What a page shows of a planned import: counts, what is wrong, and what would change, row by row. PURE."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterator

import msgspec

from edge.decision import StatusRecord
from edge.support.decoding import Undecodable, msgpack_of
from edge.support.phrases import Phrase, Said
from sync.central.changes.core import WaitingGround
from sync.central.documents import document_of
from sync.central.imports.core.import_plan import FieldDifference, Planned
from sync.central.imports.core.problems import CellProblem, SaidProblem
from sync.central.people.core import shown

MOST_PROBLEMS = 5_000
"""So many are kept one by one; the counts are of all."""
_WHERE = "a planned import"


class ShownChange(msgspec.Struct, frozen=True, array_like=True):
    """A field of a person that would change; `before` is None for a new person, `why` says why it stays."""

    subject: str
    address: str
    field: str
    before: str | None
    after: str
    why: str = ""


class ToldPlan(msgspec.Struct, frozen=True):
    """The plan of an import; `grounds` say why it would wait for a second person. `kind` is what was read of
    which file, in the language that Accept-Language asks for.

    `unlisted` are rows, each by its line, whose address no address code of the site names: they are taken.
    """

    kind: str
    rows: int
    bad_rows: int
    added: int
    changed: int
    statuses: int
    refused: int
    not_named: int
    problems: tuple[CellProblem, ...]
    changes: tuple[ShownChange, ...]
    kept: tuple[ShownChange, ...]
    grounds: tuple[WaitingGround, ...] = ()
    unlisted: tuple[tuple[int, str], ...] = ()


class ShownPlan(ToldPlan, frozen=True):
    """The plan as it is kept and shown: `kind` is in English, `said_kind` the same as a phrase; None in a
    plan that an older version kept.
    """

    problems: tuple[SaidProblem, ...]
    said_kind: Phrase | None = None

    @property
    def unchanged(self) -> int:
        return self.rows - self.bad_rows - self.added - self.changed

    @property
    def good_rows(self) -> int:
        return self.rows - self.bad_rows

    def offers(self) -> tuple[SaidProblem, ...]:
        """The problems with an offer."""
        return tuple(problem for problem in self.problems if problem.offer is not None)

    def told(self, spoken: Callable[[Said], str]) -> ToldPlan:
        """The same for a program, in the language in which it asks."""
        values = {name: getattr(self, name) for name in ToldPlan.__struct_fields__}
        problems = tuple(each.told(spoken) for each in self.problems)
        return ToldPlan(**{**values, "kind": spoken(self.said_kind or self.kind), "problems": problems})


def shown_changes(planned: Collection[Planned]) -> Iterator[ShownChange]:
    """What would change, in the order of the list."""
    for item in planned:
        address = item.record.address
        if item.is_new:
            groups = shown(item.record.groups)
            yield ShownChange(item.record.id, address, "", None, groups)
        for difference in item.changed:
            yield _line(address, difference)


def shown_kept(planned: Collection[Planned]) -> Iterator[ShownChange]:
    """What differs and stays as it is."""
    for item in planned:
        for difference in (*item.kept, *item.refused):
            yield _line(item.record.address, difference)


def packed(plan: ShownPlan) -> bytes:
    """The plan as it is kept."""
    return zlib.compress(msgspec.msgpack.encode(plan), 1)


def unpacked(data: bytes) -> ShownPlan:
    """The plan that was kept; of a newer version's what is known here. Raises Undecodable, ValueError."""
    held = zlib.decompress(data)
    try:
        return msgpack_of(held, ShownPlan, _WHERE)
    except Undecodable:
        made: ShownPlan = document_of(msgpack_of(held, object, _WHERE), ShownPlan)
        return made


def _line(address: str, item: FieldDifference) -> ShownChange:
    return ShownChange(item.subject, address, item.field, _word(item.held), _word(item.brought), item.why)


def _word(value: object) -> str:
    return value.value.value if isinstance(value, StatusRecord) else shown(value)
