"""`gatepost central broker`: a cluster of RabbitMQ, its files, and what it has to hold."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.logs import quiet_logs
from edge.support.counted import counted
from sync.cli.central_context import CentralFile, central_file

if TYPE_CHECKING:
    from sync.transport.core import Change

broker_app = cyclopts.App(name="broker", help="A cluster of RabbitMQ: its files, and what it has to hold.")


@broker_app.command
def init(
    folder: Annotated[Path, Parameter(help="Where the files are written, a folder for each node.")],
    /,
    *,
    node: Annotated[tuple[str, ...], Parameter(help="A node's name or address; for each node once.")],
    json: Json = False,
) -> None:
    """Write what each node of a new cluster reads, and the password by which central keeps it.

    The password is in FOLDER/management.password (mode 0600), for central; a node has its hash alone. Nothing
    is overwritten: of a folder that holds the password the files are written again, with the same one.

    Example: gatepost central broker init cluster --node b1.example.org --node b2.example.org --node
    b3.example.org
    """
    from sync.transport.rabbitmq.folders import PLACE, TLS, write_nodes

    secret = folder / "management.password"
    write_nodes(folder, node, secret)
    answer(
        {"folder": str(folder), "nodes": list(node), "password": str(secret)},
        *(f"{folder / one}: for {one}" for one in node),
        f"  into its {TLS} come services-ca.pem, devices-ca.pem, broker.pem and broker.key of the authority",
        f"  then, on the node, as root: sh {PLACE}",
        f"{secret}: [broker.management] password of central",
        "then: docs/cluster.md",
        json=json,
    )


@broker_app.command
def show(*, json: Json = False, config: CentralFile = None) -> int:
    """Show in what the broker differs from what it has to be; exit 1 where it does. Nothing is changed.

    Example: gatepost central broker show
    """
    return _kept(config, json=json, changes=False)


@broker_app.command
def apply(*, json: Json = False, config: CentralFile = None) -> int:
    """Make and mend what the broker has to hold: queues, rules, and a user for each device in service.

    A running centre does so by itself. A queue of another kind stays, for it may hold what nobody else has:
    it is said, and the exit is 1. Whom this centre does not know is let in no more.

    Example: gatepost central broker apply
    """
    return _kept(config, json=json, changes=True)


def _kept(config: Path | None, *, json: bool, changes: bool) -> int:
    from sync.central.broker.devices import devices_in_service
    from sync.central.configuration import load_configuration
    from sync.central.store import open_store
    from sync.transport.rabbitmq import keeping
    from sync.transport.rabbitmq.management import managed

    quiet_logs()
    configuration = load_configuration(central_file(config))
    with closing(open_store(configuration.store.url)) as store:
        devices = devices_in_service(store)
    left = 0
    with managed(configuration.broker) as api:
        found = keeping.differences(api, configuration.broker.journals, devices)
        done = keeping.apply(api, found) if changes else ((change, False) for change in found)
        for change, made in done:
            left += not made
            _tell(change, made=made, changes=changes, json=json)
    if not found:
        text = f"{configuration.broker.host} is as it has to be, with {counted(len(devices), 'device')}"
        answer({"differences": 0, "devices": len(devices)}, text, json=json)
    return 1 if left else 0


def _tell(change: Change, *, made: bool, changes: bool, json: bool) -> None:
    kind, name = change.kind, " ".join(change.key)
    state = "done" if made else "left" if changes else "differs"
    told = {"kind": kind, "name": name, "why": change.why, "state": state}
    after = ": it stays, docs/cluster.md says what to do" if state == "left" else ""
    answer(told, f"{state:<8} {kind} {name} {change.why}{after}", json=json)
