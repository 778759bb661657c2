"""`gatepost central export` and `verify-export`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.arguments import Actor, AsInFiles, Until, aware
from edge.cli.files_to_read import ToRead
from edge.signing.cose import microseconds
from edge.support.counted import counted
from sync.central.exports.datasets import What
from sync.cli.central_context import CentralFile, central_file, opened, shown


def export(
    file: Annotated[Path, Parameter(name="FILE", help="Ends with .csv, .xlsx or .parquet.")],
    /,
    *,
    what: Annotated[What, AsInFiles, Parameter(help="Decisions, or every event.")] = What.ACCESSES,
    place: Annotated[
        tuple[str, ...],
        Parameter(help="A place, city/district/… or a site's id; may be repeated. By default everywhere."),
    ] = (),
    since: Annotated[
        datetime | None, Parameter(help="From this time on (ISO 8601), by the gates' clocks.")
    ] = None,
    until: Until = None,
    actor: Actor,
    json: Json = False,
    config: CentralFile = None,
) -> None:
    from edge.signing.key_files import read_private_key
    from sync.central.accounts.actor import command_line_actor
    from sync.central.audit.audit import About, note
    from sync.central.configuration import load_configuration
    from sync.central.exports.datasets import WantedExport
    from sync.central.exports.exporting import export as export_to
    from sync.central.places.sight import EVERYWHERE, Sight
    from sync.central.places.tree import place_at
    from sync.transport.clock import wall

    begin, end = _moment(since), _moment(until)
    key = read_private_key(load_configuration(central_file(config)).central.key)
    with opened(config) as store:
        with store.reading() as connection:
            sight = Sight(frozenset(place_at(connection, path) for path in place)) if place else EVERYWHERE
            wanted = WantedExport(what, sight, begin, end, place)
            made = export_to(connection, wanted, file, key, actor, wall())
        with store.writing() as connection:
            note(
                connection,
                command_line_actor(actor),
                "export",
                About("export", made.root.hex()[:16]),
                wall(),
                detail={"what": what.value, "rows": made.proof.rows, "places": list(place)},
            )
    proof = made.proof
    answer(
        {
            "file": str(made.file),
            "proof": str(made.proof_file),
            "rows": proof.rows,
            "journals": len(proof.covered),
            "silent": list(proof.silent),
            "root": made.root.hex(),
        },
        f"{made.file}: {counted(proof.rows, 'row')} of {counted(len(proof.covered), 'journal')}",
        *(f"nothing of device {name}" for name in proof.silent),
        f"{made.proof_file}: root {made.root.hex()}",
        json=json,
    )


def verify_export(
    file: Annotated[Path, ToRead, Parameter(name="FILE", help="The export.")],
    /,
    *,
    key: Annotated[
        Path, ToRead, Parameter(help="The public key (PEM) of the centre that made it: central.pub.")
    ],
    proof: Annotated[Path | None, ToRead, Parameter(help="The proof; by default FILE.proof.")] = None,
    json: Json = False,
) -> None:
    from edge.registry.keys import read_public_keys
    from edge.signing.cose import keys_of
    from sync.central.exports.verifying import verify_export as verify

    found = verify(file, keys_of(read_public_keys(key)), proof)
    said = found.proof
    answer(
        {
            "file": str(file),
            "rows": said.rows,
            "made": said.made,
            "actor": said.actor,
            "places": list(said.places),
            "covered": [
                {
                    "site": item.site,
                    "device": item.device,
                    "gate": item.gate,
                    "epoch": item.epoch.hex(),
                    "first": item.first,
                    "last": item.last,
                    "rows": item.rows,
                    "lost": [[lost.first, lost.last] for lost in item.lost],
                    "beyond": item.beyond,
                }
                for item in said.covered
            ],
            "silent": list(said.silent),
            "chained": found.chained,
            "root": found.root.hex(),
        },
        f"{file}: {counted(said.rows, 'row')} as signed by the centre at {shown(said.made)} for {said.actor}",
        *(
            f"{item.site} {item.gate} ({item.device}): sequences {item.first} to {item.last}, "
            f"{counted(item.rows, 'row')}"
            + "".join(f", {lost.first} to {lost.last} lost by the gate" for lost in item.lost)
            + (f", {counted(item.beyond, 'event')} behind a gap left out" if item.beyond else "")
            for item in said.covered
        ),
        *(f"nothing of device {name}" for name in said.silent),
        "each event's hash leads to the next" if found.chained else "the rows between are as the centre says",
        f"root {found.root.hex()}",
        json=json,
    )


def _moment(at: datetime | None) -> int | None:
    """Microseconds since 1970 UTC."""
    moment = aware(at)
    return None if moment is None else microseconds(moment)
