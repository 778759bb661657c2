"""`gatepost central audit`: who did what at the centre, and whether the record of it is whole."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, answer
from edge.errors import ConfigurationError
from sync.central.audit.audit import About, entries, has_hash, verify_chain
from sync.central.places.sight import EVERYWHERE
from sync.cli.central_context import CentralFile, iso, opened, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from sync.central.audit.audit import AuditEntry

audit_app = cyclopts.App(name="audit", help="Who did what at the centre, chained by hash.")
_PAGE = 500


@audit_app.command(name="list")
def list_entries(
    *,
    about: Annotated[str, Parameter(help="Only about this: KIND:ID, subject:li-na.")] = "",
    act: Annotated[str, Parameter(help="Only this act: set_status.")] = "",
    count: Annotated[
        int, Parameter(help="How many at most, the newest.", validator=Number(gte=1, lte=10**6))
    ] = 50,
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """List the newest entries of the audit, the newest last.

    Example: gatepost central audit list --about subject:li-na
    """
    kind, colon, identity = about.partition(":")
    if about and not (kind and colon):
        raise ConfigurationError(f"{about!r} is not KIND:ID", where="--about", remedy="--about subject:li-na")
    wanted = About(kind, identity) if about else None
    with opened(config) as store, store.reading() as connection:
        found = list(islice(_newest(connection, wanted, act or None), count))
    for entry in reversed(found):
        what = "erased" if entry.erased else entry.about.id
        answer(
            {
                "entry": entry.number,
                "at": iso(entry.at),
                "actor": entry.name,
                "via": entry.via,
                "act": entry.act,
                "kind": entry.about.kind,
                "about": entry.about.id,
                "site": entry.about.site,
                "reason": entry.why,
                "detail": entry.detail,
            },
            f"{entry.number}  {shown(entry.at)}  {entry.name}  {entry.act}  {entry.about.kind} {what}"
            f"  {entry.why}".rstrip(),
            json=json,
        )


@audit_app.command
def verify(
    *,
    expect: Annotated[str, Parameter(help="NUMBER:HASH of an earlier verification, to be there still.")] = "",
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Verify every entry of the audit, from the first to the last; exit 1 where one is not as it was written.

    Keep the last line elsewhere: who can write to the database could write the whole chain anew, and only
    an earlier number and hash shows that.

    Example: gatepost central audit verify
    """
    with opened(config) as store, store.reading() as connection:
        verdict = verify_chain(connection)
        missing = bool(expect) and not has_hash(connection, *_mark(expect))
    whole = verdict.broken_at is None and not missing
    problem = f"entry {verdict.broken_at} {verdict.problem}" if verdict.broken_at is not None else ""
    if missing:
        problem = problem or f"{expect} is not in the chain: it was written anew"
    answer(
        {"count": verdict.count, "entry": verdict.last, "hash": verdict.hash.hex(), "problem": problem},
        problem or f"{verdict.count} entries are as they were written",
        f"{verdict.last}:{verdict.hash.hex()}",
        json=json,
    )
    return int(not whole)


# --- inside --------------------------------------------------------------------------------------


def _newest(connection: Connection, about: About | None, act: str | None) -> Iterator[AuditEntry]:
    before: int | None = None
    while page := entries(connection, EVERYWHERE, about=about, act=act, before=before, count=_PAGE):
        yield from page
        before = page[-1].number


def _mark(text: str) -> tuple[int, bytes]:
    number, _, digest = text.partition(":")
    try:
        return int(number), bytes.fromhex(digest)
    except ValueError:
        raise ConfigurationError(
            f"{text!r} is not NUMBER:HASH", where="--expect", remedy="as audit verify has shown it"
        ) from None
