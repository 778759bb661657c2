"""`gatepost central setup`: one command for a centre."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from edge.cli.answers import DONE, Json, answer
from edge.cli.files_to_read import ToRead
from edge.errors import ConfigurationError

if TYPE_CHECKING:
    from sync.installing.owning import StepDone
    from sync.installing.places import CentrePlaces
    from sync.installing.plan import Step
    from sync.installing.wishes import Wishes


def setup(
    *,
    host: Annotated[
        tuple[str, ...],
        Parameter(help="A name or address under which gates reach this machine; may be repeated."),
    ],
    database: Annotated[
        str | None,
        Parameter(help="postgresql:///gatepost, postgresql://USER@HOST/NAME; by default a SQLite file."),
    ] = None,
    database_password: Annotated[
        Path | None, ToRead, Parameter(help="The file that holds the database's password, alone.")
    ] = None,
    take_over: Annotated[Path | None, ToRead, Parameter(help="The folder of a site to take over.")] = None,
    administrator: Annotated[str, Parameter(help="The first account's name.")] = "admin",
    backup: Annotated[
        Path | None, Parameter(help="Another disk: every night a backup goes to a folder of its own there.")
    ] = None,
    backup_to: Annotated[
        tuple[str, ...], Parameter(help="The public key (age1…) that opens backups; may be repeated.")
    ] = (),
    node: Annotated[
        tuple[str, ...],
        Parameter(help="A node of RabbitMQ, where three are the broker: its name; for each node once."),
    ] = (),
    broker: Annotated[
        str,
        Parameter(help="With --node: a name with the addresses of all nodes, by which gates reach them."),
    ] = "",
    without_broker: Annotated[bool, Parameter(help="The broker is another machine's.")] = False,
    root: Annotated[Path, Parameter(help="Below this folder, for an image of a card.")] = Path("/"),
    dry_run: Annotated[bool, Parameter(help="Print every step, and do none.")] = False,
    json: Json = False,
) -> int:
    """Make a centre on this machine (`sync.cli.central` has the help)."""
    from sync.central.site_import import refuse_other_key
    from sync.installing.database import database_in, database_of
    from sync.installing.doing import Doing, systemd_runs
    from sync.installing.held import held_at, refuse_beforehand
    from sync.installing.places import CentrePlaces
    from sync.installing.plan import plan_of
    from sync.installing.wishes import Wishes

    places = CentrePlaces(root.resolve())
    made = places.seen(places.password) if database_password is not None else None
    chosen = database_of(database, places.seen(places.state), made)
    held = held_at(places.configuration)
    if held is not None:
        asked = None if database is None else chosen
        chosen = database_in(held.url, asked, str(places.configuration))
    wishes = Wishes(
        host,
        chosen,
        administrator,
        take_over,
        # Nodes are named again only where they change: they are no reason to set Mosquitto up.
        broker=bool(node) or not (without_broker or (held is not None and held.has_nodes)),
        password=database_password,
        backup=backup,
        recipients=backup_to,
        nodes=node,
        nodes_name=broker,
    )
    steps = plan_of(wishes, places)
    refuse_beforehand(steps)
    if backup is not None and not (places.root / backup.absolute().relative_to("/")).is_dir():
        raise ConfigurationError("not there", where=str(backup), remedy="connect and mount that disk first")
    if dry_run:
        _print_plan(steps, json=json)
        return DONE
    if os.geteuid() != 0:
        raise ConfigurationError(
            "only root can make users and give files away", remedy="sudo gatepost central setup …"
        )
    if take_over is not None:
        refuse_other_key(places.state, take_over)
    doing = Doing(places, chosen, starts=systemd_runs() and places.root == Path("/"))
    done = []
    for each in doing.do(steps):
        done.append(each)
        _print_done(each, json=json)
    _print_end(done, wishes, places, json=json)
    return DONE


def _print_plan(steps: Sequence[Step], *, json: bool) -> None:
    for step in steps:
        mode = "" if step.mode is None else f"{step.mode:04o}"
        fields = {"step": step.act.value, "where": step.where, "owner": step.owner, "mode": mode}
        line = f"{step.act:<14} {step.where}  {step.owner} {mode}".rstrip()
        answer({**fields, "why": step.why}, f"{line}  ({step.why})", json=json)


def _print_done(done: StepDone, *, json: bool) -> None:
    is_link = done.step.act.value == "administrator"
    note = f": {done.note}" if done.note and not is_link else ""
    answer(
        {"step": done.step.act.value, "where": done.step.where, "state": done.state.value, "note": done.note},
        f"{done.state:<7} {done.step.act} {done.step.where}{note}",
        json=json,
    )


def _print_end(done: Sequence[StepDone], wishes: Wishes, places: CentrePlaces, *, json: bool) -> None:
    if json:
        return
    for each in done:
        if each.step.act.value == "administrator" and each.state.value == "made":
            answer({}, "", f"sign in once, within 15 minutes: {each.note}", json=False)
    if wishes.nodes:
        answer({}, "", "on each node: apt-get install rabbitmq-server; then from here", json=False)
        for node in wishes.nodes:
            copied = f"scp -r {places.nodes / node} root@{node}:"
            answer({}, f"  {copied} && ssh root@{node} sh {node}/place.sh", json=False)
        answer({}, "then: gatepost central broker apply; systemctl restart gatepost-central", json=False)
    answer({}, "then: gatepost central check", json=False)
