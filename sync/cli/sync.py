"""`gatepost sync`: run a gate's sync process, and see how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, JsonLogs, answer
from edge.cli.arguments import GateFile, gate_file, named_or_usual
from edge.cli.checking import print_results
from edge.cli.files_to_read import ToRead
from edge.cli.logs import log_to_stderr, quiet_logs
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import ConfigurationError
from edge.journal.feed.channel import SocketChannel
from edge.journal.feed.client import JournalClient
from edge.journal.format import FeedRequest
from edge.support.stop_signals import stopped_by_signals
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.agent import run_agent
from sync.agent.central_keys import keys_at_rest
from sync.agent.configuration import load_configuration
from sync.agent.setup import init_sync
from sync.cli.broker_address import broker_address
from sync.cli.device import HERE as IDENTITY

app = cyclopts.App(name="sync", help="Run a gate's sync process: journal up, registry down.")

_SYNC_FILE = Path("/etc/gatepost/sync.toml")
SyncFile = Annotated[
    Path | None,
    Parameter(
        name="--config", help=f"The gate's sync.toml; by default the current folder's, else {_SYNC_FILE}."
    ),
]


@app.command
def init(
    *,
    config: GateFile = None,
    broker: Annotated[str, Parameter(help="HOST or HOST:PORT.")],
    central: Annotated[Path, ToRead, Parameter(help="Central's public key (PEM): central.pub.")],
    identity: Annotated[Path, Parameter(help="The folder of gatepost device enrol.")] = IDENTITY,
    plain: Annotated[bool, Parameter(help="No TLS, for a broker on this machine.")] = False,
    share_counts: Annotated[bool, Parameter(help="The site has other gates: count together.")] = False,
    json: Json = False,
) -> None:
    """Write sync.toml beside gate.toml, and tell the gate where it meets its sync process.

    Example: gatepost sync init --broker mqtt.example.org --central central.pub
    """
    host, port = broker_address(broker, plain=plain)
    file = gate_file(config)
    found = init_sync(file, identity, central, host, port, plain=plain, share_counts=share_counts)
    answer(
        {"device": found.device, "file": str(found.file), "key": str(found.message_key)},
        f"{found.file}: device {found.device}; gate.toml now says where the two meet",
        f"at the centre: gatepost central gate create {found.device} --site {found.site} --gate {found.gate} "
        f"--key {found.message_key}",
        json=json,
    )


@app.command
def run(*, config: SyncFile = None, json: JsonLogs = False) -> None:
    """Run the sync process in the foreground, as systemd does. A second signal ends it at once.

    Example: gatepost sync run --config /etc/gatepost/sync.toml
    """
    log_to_stderr(json=json)
    with stopped_by_signals() as stop:
        run_agent(load_configuration(named_or_usual(config, _SYNC_FILE)), stop)


@app.command
def check(*, json: Json = False, config: SyncFile = None) -> int:
    """Look for what keeps this gate's sync process from working, or soon will; exit 1 if anything does.

    Keys, certificate, broker, clock, and where it meets the gate. A process that runs is not disturbed.

    Example: gatepost sync check
    """
    quiet_logs()
    return print_results(_findings(config), json=json)


def _findings(config: Path | None) -> Iterator[CheckResult]:
    """What is found; of a file that no sync process could work with, that alone."""
    from sync.agent.checking import check_sync

    try:
        configuration = load_configuration(named_or_usual(config, _SYNC_FILE))
    except ConfigurationError as error:
        yield CheckResult(Verdict.BAD, "configuration", f"{error.where}: {error.what}", error.remedy)
        return
    yield from check_sync(configuration)


@app.command
def status(*, json: Json = False, config: SyncFile = None) -> None:
    """Say for every epoch of the journal up to where central was heard to have it. The gate has to run.

    Example: gatepost sync status
    """
    configuration = load_configuration(named_or_usual(config, _SYNC_FILE))
    folder, central = AcknowledgedFolder(configuration.journal.acknowledged), keys_at_rest(configuration)
    words = folder.read(configuration.device.id, central)
    with closing(JournalClient(SocketChannel(configuration.journal.socket))) as client:
        for span in client.ask(FeedRequest()).spans:
            word = words.get(span.epoch)
            stored = 0 if word is None else word.sequence
            waiting = max(0, span.last - max(stored, span.first - 1))
            answer(
                {
                    "epoch": span.epoch.hex(),
                    "first": span.first,
                    "last": span.last,
                    "stored": stored,
                    "waiting": waiting,
                },
                f"epoch {span.epoch.hex()[:8]}: {span.first} to {span.last} here, "
                f"central has {stored}, {waiting} wait",
                json=json,
            )
