"""`gatepost central address`: the address codes of a site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer, objects
from edge.cli.files_to_read import ToRead
from edge.support.counted import counted
from sync.cli.central_context import CentralFile, SiteId, Whose, check_site, opened, whose
from sync.transport.clock import wall

_MOST_SHOWN = 50

address_app = cyclopts.App(name="address", help="The address codes of a site: building/unit/room.")


@address_app.command(name="list")
def list_addresses(
    site: SiteId,
    /,
    *,
    within: Annotated[str, Parameter(help="Only what begins so: 3/2/.")] = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """List the address codes of a site.

    Example: gatepost central address list green-court --within 3/
    """
    from sync.central.places.addresses import addresses
    from sync.central.places.sight import EVERYWHERE

    with opened(config) as store, store.reading() as connection:
        check_site(connection, site)
        found = addresses(connection, EVERYWHERE, site, within=within, count=1_000_000)
    if json:
        objects({"site": item.site, "code": item.code, "kind": item.kind} for item in found)
        return
    for item in found:
        print(f"{item.code}  {item.kind}")


@address_app.command(name="import")
def import_addresses(
    file: Annotated[Path, ToRead, Parameter(name="FILE", help="A table: building, unit, room. CSV or XLSX.")],
    /,
    *,
    site: Annotated[str, Parameter(help="The id of the site.")],
    dry_run: Annotated[bool, Parameter(help="Say what would change, and change nothing.")] = False,
    without_wrong: Annotated[bool, Parameter(help="Take the good lines where others are wrong.")] = False,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Import the address codes of a site, all or none. The buildings and units of rooms come with them.

    Exit 1 where a line is wrong.

    Example: gatepost central address import rooms.csv --site green-court --dry-run
    """
    from sync.central.audit.audit import About, note
    from sync.central.places.addresses import apply_import, plan_import, read_addresses

    table = read_addresses(file)
    with opened(config) as store, store.reading() if dry_run else store.writing() as connection:
        wanted = plan_import(connection, site, table)
        plan, taken = wanted.plan, 0
        if not dry_run and (without_wrong or not plan.problems):
            taken = apply_import(connection, wanted, without_wrong=without_wrong)
            about = About("site", site, site)
            note(connection, whose(actor), "import_addresses", about, wall(), detail={"codes": taken})
    problems = [f"{file}, {problem}" for problem in plan.problems]
    new = counted(len(plan.named), "new code", "new codes")
    said = f"{new}, {len(plan.completed)} more that they lie in, {plan.known} known, {len(problems)} wrong"
    done = f"{counted(taken, 'code', 'codes')} imported" if taken else "nothing was changed"
    more = [f"and {len(problems) - _MOST_SHOWN} more"] if len(problems) > _MOST_SHOWN else []
    answer(
        {"site": site, "file": str(file), "new": len(plan.named), "completed": len(plan.completed)}
        | {"known": plan.known, "problems": problems, "imported": taken},
        f"{file}: {wanted.source}",
        *problems[:_MOST_SHOWN],
        *more,
        f"{said}; {done}",
        json=json,
    )
    return 1 if problems else 0


@address_app.command
def remove(
    code: Annotated[str, Parameter(name="CODE", help="building, building/unit or building/unit/room.")],
    /,
    *,
    site: Annotated[str, Parameter(help="The id of the site.")],
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Remove an address code, with all that lies in it.

    Example: gatepost central address remove 3/2/301 --site green-court
    """
    from sync.central.audit.audit import About, note
    from sync.central.places.addresses import remove_address

    with opened(config) as store, store.writing() as connection:
        gone = remove_address(connection, site, code)
        about = About("site", site, site)
        note(connection, whose(actor), "remove_address", about, wall(), detail={"codes": gone})
    answer({"site": site, "count": gone}, f"{counted(gone, 'code', 'codes')} removed", json=json)
