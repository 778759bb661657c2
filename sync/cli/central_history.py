"""`gatepost central history`, `hold` and `retention`: what is old, what is held, what is kept how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, answer, objects
from edge.cli.arguments import aware
from edge.errors import ConfigurationError
from edge.signing.cose import microseconds
from edge.support.counted import counted
from sync.central.configuration import HistorySection, load_configuration
from sync.central.history.core import Kept, RetentionRule, Scope
from sync.central.history.holds import NewHold, RetentionHold, holds_in
from sync.central.places.sight import EVERYWHERE
from sync.cli.central_context import CentralFile, SiteId, Whose, central_file, iso, opened, shown, whose
from sync.transport.clock import wall

history_app = cyclopts.App(name="history", help="Events and accesses that are old, as Parquet files.")
hold_app = cyclopts.App(name="hold", help="What no rule deletes, for a case.")
retention_app = cyclopts.App(name="retention", help="How long accesses, evidence and the rest are kept.")

_FILES_AT_ONCE = 100


@history_app.command
def show(*, json: Json = False, config: CentralFile = None) -> None:
    """Show what lies in files, by site: how much, of when, verified when.

    Example: gatepost central history show
    """
    from sync.central.history.overview import damaged_files, history_by_site

    with opened(config) as store, store.reading() as connection:
        found, damaged = history_by_site(connection, EVERYWHERE), damaged_files(connection, EVERYWHERE)
    for each in found:
        fields: dict[str, object] = {"site": each.site, "kind": each.kind.value, "count": each.rows}
        fields |= {"files": each.files}
        fields |= {"size": each.size, "since": iso(each.first_at), "until": iso(each.last_at)}
        fields |= {"verified_at": iso(each.verified_at), "damaged": each.damaged}
        line = (
            f"{each.site}  {each.kind.value}: {each.rows} in {counted(each.files, 'file')}, "
            f"{counted(each.size, 'byte')}, "
            f"{shown(each.first_at)} to {shown(each.last_at)}, verified {shown(each.verified_at)}"
        )
        wrong = f", {counted(each.damaged, 'file')} not as written" if each.damaged else ""
        answer(fields, line + wrong, json=json)
    for file in damaged:
        holds = f"{counted(file.rows, 'row')} of {file.site}"
        answer({"file": file.name, "error": file.what}, _what_to_do(file.name, file.what, holds), json=json)


@history_app.command
def archive(*, json: Json = False, config: CentralFile = None) -> int:
    """Move into files now what central.toml says is old; exit 1 if something was kept from moving.

    Example: gatepost central history archive
    """
    from sync.central.history.loop import archiving_of

    section = _section(config)
    with opened(config) as store:
        archiving = archiving_of(store, section, wall())
        archiving.clean_up()
        while True:
            done = archiving.move_some(_FILES_AT_ONCE)
            for moved in done.moved:
                fields = {"file": moved.name, "count": moved.rows, "size": moved.size}
                answer(
                    fields,
                    f"{moved.name}: {counted(moved.rows, 'row')}, {counted(moved.size, 'byte')}",
                    json=json,
                )
            if done.problems or len(done.moved) < _FILES_AT_ONCE:
                break
    for problem in done.problems:
        answer({"error": str(problem)}, str(problem), json=json)
    return 1 if done.problems else 0


@history_app.command
def verify(*, json: Json = False, config: CentralFile = None) -> int:
    """Verify every file: its bytes, and each event's hash and place in its chain; exit 1 if any is wrong.

    Example: gatepost central history verify
    """
    from sync.central.history.verifying import verify_files
    from sync.central.history_cues import raise_damage

    with opened(config) as store:
        found = verify_files(store, wall())
        if found:
            with store.writing() as connection:
                raise_damage(connection, found, wall())
    for each in found:
        file = each.file
        line = (
            f"{each.name}: {each.what}"
            if file is None
            else _what_to_do(file.name, each.what, f"{counted(file.rows, 'row')} of {file.site}")
        )
        answer({"file": each.name, "error": each.what}, line, json=json)
    if not found:
        answer({"damaged": 0}, "every file is what was written", json=json)
    return 1 if found else 0


# --- holds ---------------------------------------------------------------------------------


@hold_app.command
def create(
    site: SiteId,
    /,
    *,
    case: Annotated[str, Parameter(help="The number of the case, as the one who asked names it.")],
    reason: Annotated[str, Parameter(help="Why it has to stay.")],
    subject: Annotated[str | None, Parameter(help="Of this person only (their id).")] = None,
    since: Annotated[datetime | None, Parameter(help="From this time on, by the gates' clocks.")] = None,
    until: Annotated[datetime | None, Parameter(help="Before this time, by the gates' clocks.")] = None,
    review: Annotated[
        int,
        Parameter(
            help="In so many days somebody looks whether it is needed still.",
            validator=Number(gte=1, lte=366),
        ),
    ] = 90,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Hold what there is of a site, a person or a time: no rule deletes it, and nobody in it is erased.

    Example: gatepost central hold create green-court --case 2026-17 --reason "asked for by the court"
    """
    from sync.central.history.acts import hold

    now = wall()
    scope = Scope(site, subject, _moment(since), _moment(until))
    review_at = now + timedelta(days=review) // timedelta(microseconds=1)
    with opened(config) as store, store.writing() as connection:
        number = hold(connection, whose(actor), EVERYWHERE, NewHold(case, scope, reason, review_at), now)
    answer({"hold": number, "site": site}, f"hold {number}: to be reviewed by {shown(review_at)}", json=json)


@hold_app.command(name="list")
def list_holds(*, json: Json = False, config: CentralFile = None) -> None:
    """List what is held, for which case, by whom, and until when it is reviewed.

    Example: gatepost central hold list
    """
    with opened(config) as store, store.reading() as connection:
        found = holds_in(connection, EVERYWHERE)
    if json:
        objects(_fields(each) for each in found)
        return
    for each in found:
        of = each.scope.subject or "everything"
        print(
            f"{each.number}  case {each.case}  {each.scope.site}  {of}  by {each.made_by}, "
            f"review by {shown(each.review_at)}: {each.why}"
        )


@hold_app.command
def lift(
    number: Annotated[int, Parameter(name="HOLD", help="Its number: gatepost central hold list.")],
    /,
    *,
    reason: Annotated[str, Parameter(help="Why it is not needed any more.")],
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Lift a hold: what is too old goes with the next round of the rules.

    Example: gatepost central hold lift 1 --reason "the case is closed"
    """
    from sync.central.history.acts import lift as lift_it

    with opened(config) as store, store.writing() as connection:
        lift_it(connection, whose(actor), EVERYWHERE, number, reason, wall())
    answer({"hold": number}, f"hold {number} is lifted", json=json)


# --- retention -----------------------------------------------------------------------------

What = Annotated[Kept, Parameter(name="WHAT", help="What is kept for a time.")]
At = Annotated[str, Parameter(name="--place", help="A place or a site's id; by default everywhere.")]


@retention_app.command(name="set")
def set_retention(
    what: What,
    /,
    *,
    days: Annotated[int, Parameter(help="For so many days; 0: for ever.")],
    at: At = "",
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Set how long something is kept at a place; the nearest place's rule counts.

    Example: gatepost central retention set accesses --days 400
    """
    from sync.central.history.acts import keep_for, keep_for_ever
    from sync.central.places.tree import place_at

    with opened(config) as store, store.writing() as connection:
        place = place_at(connection, at) if at else None
        if days:
            keep_for(connection, whose(actor), RetentionRule(what, place, days), wall())
        else:
            keep_for_ever(connection, whose(actor), what, place, wall())
    said = f"for {counted(days, 'day')}" if days else "for ever"
    answer({"kind": what.value, "place": at, "days": days}, f"{what.value} are kept {said}", json=json)


@retention_app.command(name="list")
def list_retention(*, json: Json = False, config: CentralFile = None) -> None:
    """List the rules of retention. What none is about is kept for ever.

    Example: gatepost central retention list
    """
    from sync.central.history.rules import rules_of
    from sync.central.places.tree import path_of, path_text

    with opened(config) as store, store.reading() as connection:
        for rule in rules_of(connection):
            at = "" if rule.place is None else path_text(path_of(connection, rule.place))
            fields = {"kind": rule.kind.value, "place": at, "days": rule.days}
            answer(fields, f"{rule.kind.value}: {counted(rule.days, 'day')}  {at or 'everywhere'}", json=json)


# --- inside --------------------------------------------------------------------------------


def _what_to_do(name: str, what: str, holds: str) -> str:
    to_do = "restore it from a backup, then: gatepost central history verify"
    return f"{name}: {what} (it holds {holds}; {to_do})"


def _section(config: CentralFile) -> HistorySection:
    section = load_configuration(central_file(config)).history
    if section is None:
        raise ConfigurationError(
            "has no [history]: nothing moves into files",
            where=str(central_file(config)),
            remedy='write [history] with folder = "…": docs/history.md',
        )
    return section


def _fields(hold: RetentionHold) -> dict[str, object]:
    scope = hold.scope
    return {
        "hold": hold.number,
        "case": hold.case,
        "site": scope.site,
        "subject": scope.subject,
        "since": None if scope.since is None else iso(scope.since),
        "until": None if scope.until is None else iso(scope.until),
        "actor": hold.made_by,
        "at": iso(hold.made_at),
        "review_at": iso(hold.review_at),
        "reason": hold.why,
    }


def _moment(at: datetime | None) -> int | None:
    """Microseconds since 1970 UTC."""
    moment = aware(at)
    return None if moment is None else microseconds(moment)
