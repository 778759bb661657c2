"""`gatepost central`: the operations centre."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from edge.admin.site_admin import open_site_admin
from edge.cli.logs import log_to_stderr
from edge.support.decoding import Undecodable
from edge.support.stop_signals import stopped_by_signals
from sync.central.configuration import load_configuration
from sync.central.journals.reading import EventReader, Heard
from sync.central.people.importing import carry_out, site_import
from sync.central.service import run_central, wall
from sync.central.setup import init_central
from sync.central.site_import import note_taken_over
from sync.cli.central_context import HERE, Config, iso, opened, shown
from sync.cli.central_gates import gates_app, sites_app
from sync.cli.central_registry import registry_app
from sync.cli.central_status import status
from sync.cli.central_subjects import subjects_app

app = cyclopts.App(name="central", help="Run the operations centre.")
app.command("sync.cli.central_ca:app", name="ca", help="The site's own small certificate authority.")
app.command("sync.cli.central_command:app", name="command", help="Give a gate a command, by name.")
app.command(gates_app)
app.command(sites_app)
app.command(registry_app)
app.command(subjects_app)
app.command(status)


@app.command
def init(
    folder: Path,
    *,
    database: Annotated[str | None, Parameter(help="its URL; by default a SQLite file in FOLDER")] = None,
    broker: Annotated[str, Parameter(help="HOST or HOST:PORT")] = "localhost",
    plain: Annotated[bool, Parameter(help="no TLS, for a broker on this machine")] = False,
    site: Annotated[Path | None, Parameter(help="the folder of a site's office to take over")] = None,
) -> None:
    """Make a centre in FOLDER, or bring the database of one up to date. Nothing is overwritten.

    With --site it goes on where that office has been: the same keys, rules, people and versions, so that the
    gates notice nothing. Lock the office's folder away then: two that sign contradict each other.
    """
    host, _, port = broker.partition(":")
    admin = None if site is None else open_site_admin(site)
    configuration, version = init_central(
        folder, database, host, int(port or (1883 if plain else 8883)), plain=plain, admin=admin
    )
    print(f"centre in {folder}: database version {version}")
    if admin is not None:
        with opened(folder / "central.toml") as store, store.writing() as connection:
            taken = site_import(connection, admin.folder)
            carry_out(connection, taken, f"import of {site}", wall())
            note_taken_over(connection, folder, admin, wall())
        for line in taken.lines(newcomers=False):
            print(line)
        print(f"taken over from {site}: {taken.added} people, keys, rules and the newest registry")
    print(f"every gate holds {configuration.central.key.with_suffix('.pub')}")


@app.command
def run(*, config: Config = HERE, json_logs: bool = False) -> None:
    """Serve in the foreground, as systemd does. A first signal stops it, a second ends it at once."""
    log_to_stderr(json=json_logs)
    with stopped_by_signals() as stop:
        run_central(load_configuration(config), stop)


@app.command
def events(
    *,
    follow: bool = False,
    json: bool = False,
    device: str | None = None,
    count: Annotated[int, Parameter(name=["--count", "-n"])] = 20,
    config: Config = HERE,
) -> None:
    """Show the newest events of all gates, and with --follow what is added to them."""
    reader = EventReader(device)
    with opened(config) as store:
        with store.reading() as connection:
            found = reader.newest(connection, count)
        _show(found, json=json)
        while follow:
            with store.reading() as connection:
                found = reader.more(connection)
            _show(found, json=json)
            time.sleep(0.0 if found else 0.5)


def _show(found: list[Heard], *, json: bool) -> None:
    for heard in found:
        entry = heard.entry
        if json:
            print(msgspec.json.encode(_fields(heard)).decode(), flush=True)
        else:
            what = entry.body.decode(errors="replace")[:120]
            print(f"{shown(entry.at)}  {heard.site} {heard.gate}  {entry.sequence:>7}  {entry.kind}  {what}")


def _fields(heard: Heard) -> dict[str, object]:
    entry = heard.entry
    try:
        body: object = entry.content
    except Undecodable:  # the gate wrote it so, and its hash says that it is what was written
        body = entry.body.decode(errors="replace")
    return {
        "device": heard.device,
        "site": heard.site,
        "gate": heard.gate,
        "epoch": entry.epoch.hex(),
        "sequence": entry.sequence,
        "at": iso(entry.at),
        "trust": entry.trust.value,
        "kind": entry.kind,
        "body": body,
        "hash": entry.hash.hex(),
        "received_at": iso(heard.received_at),
    }
