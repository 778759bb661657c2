"""`gatepost sync`: run a gate's sync process, and see how far it is."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.logs import log_to_stderr
from edge.journal.feed.client import JournalClient
from edge.journal.format import Ask
from edge.registry.keys import read_public_keys
from edge.signing.cose import keys_of
from edge.support.stop_signals import stopped_by_signals
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.agent import run_agent
from sync.agent.configuration import load_configuration
from sync.agent.setup import init_sync
from sync.cli.device import HERE as IDENTITY

app = cyclopts.App(name="sync", help="Run a gate's sync process: journal up, registry down.")

Config = Annotated[Path, Parameter(name="--config", help="the gate's sync.toml")]


@app.command
def init(
    *,
    config: Annotated[Path, Parameter(name="--config", help="the gate's gate.toml")],
    broker: Annotated[str, Parameter(help="HOST or HOST:PORT")],
    central: Annotated[Path, Parameter(help="central's public key, PEM: central.pub")],
    identity: Annotated[Path, Parameter(help="the folder of gatepost device enrol")] = IDENTITY,
    plain: Annotated[bool, Parameter(help="no TLS, for a broker on this machine")] = False,
) -> None:
    """Write sync.toml beside gate.toml, and tell the gate where it meets its sync process."""
    host, _, port = broker.partition(":")
    found = init_sync(config, identity, central, host, int(port or (1883 if plain else 8883)), plain=plain)
    print(f"{found.file}: device {found.device}; gate.toml now says where the two meet")
    print(
        f"at the centre: gatepost central gates add {found.device} --site SITE --gate GATE "
        f"--key {found.message_key}"
    )


@app.command
def run(*, config: Config, json_logs: bool = False) -> None:
    """Sync in the foreground, as systemd does. A first signal stops it, a second ends it at once."""
    log_to_stderr(json=json_logs)
    with stopped_by_signals() as stop:
        run_agent(load_configuration(config), stop)


@app.command
def status(*, config: Config) -> None:
    """Say for every epoch of the journal up to where central was heard to have it. The gate has to run."""
    configuration = load_configuration(config)
    central = keys_of(key for path in configuration.central.keys for key in read_public_keys(path))
    words = AcknowledgedFolder(configuration.journal.acknowledged).read(configuration.device.id, central)
    with closing(JournalClient(configuration.journal.socket)) as client:
        for span in client.ask(Ask()).spans:
            word = words.get(span.epoch)
            stored = 0 if word is None else word.sequence
            waiting = max(0, span.last - max(stored, span.first - 1))
            print(
                f"epoch {span.epoch.hex()[:8]}: {span.first} to {span.last} here, "
                f"central has {stored}, {waiting} wait"
            )
