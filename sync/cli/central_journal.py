"""`gatepost central journal`: the events of all gates."""

from __future__ import annotations

import time
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, answer, encoded
from sync.central.journals.reading import EventReader, StoredEvent
from sync.cli.central_context import CentralFile, check_device, iso, opened, shown

journal_app = cyclopts.App(name="journal", help="The journals of all gates.")


@journal_app.command
def tail(
    *,
    follow: Annotated[bool, Parameter(help="Go on with what is added.")] = False,
    device: Annotated[str | None, Parameter(help="Of this device only.")] = None,
    count: Annotated[
        int, Parameter(name=["--count", "-n"], help="How many events.", validator=Number(gte=0, lte=10**6))
    ] = 20,
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Show the newest events of all gates, and with --follow what is added to them.

    Example: gatepost central journal tail --follow --json
    """
    reader = EventReader(device)
    with opened(config) as store:
        with store.reading() as connection:
            if device is not None:
                check_device(connection, device)
            found = reader.newest(connection, count)
        _show(found, json=json)
        while follow:
            with store.reading() as connection:
                found = reader.new_events(connection)
            _show(found, json=json)
            time.sleep(0.0 if found else 0.5)


def _show(found: list[StoredEvent], *, json: bool) -> None:
    for heard in found:
        entry = heard.entry
        what = encoded(entry.shown)[:120]
        answer(
            _fields(heard),
            f"{shown(entry.at)}  {heard.site} {heard.gate}  {entry.sequence:>7}  {entry.kind}  {what}",
            json=json,
        )


def _fields(heard: StoredEvent) -> dict[str, object]:
    entry = heard.entry
    return {
        "device": heard.device,
        "site": heard.site,
        "gate": heard.gate,
        "epoch": entry.epoch.hex(),
        "sequence": entry.sequence,
        "at": iso(entry.at),
        "trust": entry.trust.value,
        "kind": entry.kind,
        "body": entry.shown,
        "hash": entry.hash.hex(),
        "received_at": iso(heard.received_at),
    }
