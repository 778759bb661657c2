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
def apply(
    *,
    take_over: Annotated[
        bool, Parameter(help="Show what this centre would change as the one that keeps the broker.")
    ] = False,
    yes: Annotated[bool, Parameter(help="With --take-over: do it.")] = False,
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Make and mend what the broker has to hold: queues, rules, and a user for each device in service.

    A running centre does so by itself. A queue of another kind stays, for it may hold what nobody else has,
    and so does a user whom this centre does not know: each is said, and the exit is 1. A broker that another
    centre keeps is left as it is. --take-over is for both: it lists what would go, and with --yes this centre
    keeps the broker, and whom it does not know is let in no more. Users with tags stay.

    Example: gatepost central broker apply
    """
    return _kept(config, json=json, changes=not take_over or yes, take_over=take_over)


def _kept(config: Path | None, *, json: bool, changes: bool, take_over: bool = False) -> int:
    from edge.signing.key_files import read_private_key
    from sync.central.broker.claiming import centre_of, check_centre
    from sync.central.broker.devices import devices_known
    from sync.central.configuration import load_configuration
    from sync.central.store import open_store
    from sync.transport.core import takes_nobody_unknown
    from sync.transport.rabbitmq import keeping
    from sync.transport.rabbitmq.management import managed
    from sync.transport.rabbitmq.marking import BrokerMark, read_mark, write_mark

    quiet_logs()
    configuration = load_configuration(central_file(config))
    centre = centre_of(read_private_key(configuration.central.key))
    with closing(open_store(configuration.store.url)) as store:
        devices, gone = devices_known(store)
    left = 0
    with managed(configuration.broker) as api:
        mark = read_mark(api)
        if not take_over:
            check_centre(mark, centre, api.host)
        found = keeping.differences(api, configuration.broker.journals, devices)
        if changes and (take_over or mark is None):
            write_mark(api, BrokerMark(centre, "", 1 if mark is None else mark.beat + 1))
        wanted = [change for change in found if changes and (take_over or takes_nobody_unknown(change, gone))]
        for change, made in keeping.apply(api, wanted):
            left += not made
            _tell(change, made=made, changes=changes, json=json)
        for change in found:
            if change not in wanted:
                left += 1
                _tell(change, made=False, changes=changes, json=json)
    if take_over and not changes:
        whose = "nobody" if mark is None else "this centre" if mark.centre == centre else "another centre"
        text = f"{configuration.broker.host} is kept by {whose}; nothing is changed: again with --yes"
        answer({"kept_by": whose, "differences": len(found), "devices": len(devices)}, text, json=json)
        return 1
    if not found:
        text = f"{configuration.broker.host} is as it has to be, with {counted(len(devices), 'device')}"
        answer({"differences": 0, "devices": len(devices)}, text, json=json)
    return 1 if left else 0


def _tell(change: Change, *, made: bool, changes: bool, json: bool) -> None:
    kind, name = change.kind, " ".join(change.key)
    state = "done" if made else "left" if changes else "differs"
    told = {"kind": kind, "name": name, "why": change.why, "state": state}
    after = ": it stays, docs/cluster.md says what to do" if state == "left" else ""
    if change.item is None:
        after = {"left": ": it stays, --take-over shows what would go", "differs": ": it would go"}.get(
            state, ""
        )
    answer(told, f"{state:<8} {kind} {name} {change.why}{after}", json=json)
