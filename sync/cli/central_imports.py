"""`gatepost central import`: people from a list, or a whole site from its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.arguments import AsInFiles
from edge.cli.files_to_read import ToRead
from edge.errors import ConfigurationError
from sync.central.imports.core import Protected
from sync.cli.central_context import CentralFile, limits_of, opened, whose
from sync.transport.clock import wall


def import_subjects(
    source: Annotated[Path, ToRead, Parameter(help="A CSV file, a workbook, or the folder of a site.")],
    /,
    *,
    site: Annotated[str, Parameter(help="The id of their site; a folder knows its own.")] = "",
    take: Annotated[
        tuple[Protected, ...],
        AsInFiles,
        Parameter(help="A field that is taken too where one is held; may be repeated."),
    ] = (),
    actor: Annotated[str, Parameter(help="Who takes it, by name: needed with --take.")] = "",
    dry_run: Annotated[bool, Parameter(help="Show what would change, and change nothing.")] = False,
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Import subjects from a list (CSV or a workbook), or a whole site from its folder: consents and
    sealed templates too.

    Of people who are known here already, status, isolation and validity stay as they are unless --take names
    them, and nothing is taken that is older than what is held. Every change is listed. The columns are those
    of `gatepost subject import`, without photographs; an empty cell says nothing. Where more changes than one
    person may change alone, nothing is changed until a second one approves. Exit 1 where a row was bad or
    refused, or it waits.

    Example: gatepost central import residents.csv --site green-court --dry-run
    """
    from sync.central.changes.submitting import WaitingSet
    from sync.central.imports.applying import apply_import
    from sync.central.imports.planning import plan_site_import, plan_table_import

    result = None
    if take and not actor.strip():
        raise ConfigurationError("whose act is it?", where="--take", remedy="name yourself: --actor NAME")
    if not source.is_dir() and not site:
        raise ConfigurationError("of which site are they?", remedy="name --site ID")
    limits = limits_of(config)
    with opened(config) as store, store.writing() as connection:
        if source.is_dir():
            planned = plan_site_import(connection, source, take)
        else:
            planned = plan_table_import(connection, site, source, take, limits.must_end)
        if not dry_run:
            why = f"import of {source.name}"
            result = apply_import(connection, planned, whose(actor), wall(), limits, why)
    waits = isinstance(result, WaitingSet)
    would = "would be " if dry_run or waits else ""
    refused = planned.refused + len(planned.problems)
    lines = [str(line) for line in planned.lines()]
    answer(
        {
            "added": planned.added,
            "changed": planned.changed,
            "refused": refused,
            "changes": lines,
            "dry_run": dry_run,
            "waits": result.number if isinstance(result, WaitingSet) else None,
        },
        *lines,
        f"{planned.added} {would}added, {planned.changed} {would}changed, {refused} {would}refused",
        *([f"change {result.number} waits for a second person"] if isinstance(result, WaitingSet) else []),
        json=json,
    )
    return int(bool(refused) or waits)
