"""`gatepost central rollout`: give a version to gates by stages, see how it goes, stop it."""

from __future__ import annotations

from typing import Annotated, Any

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, answer
from edge.errors import ConfigurationError
from sync.cli.central_context import CentralFile, Whose, opened, whose
from sync.transport.clock import wall

rollout_app = cyclopts.App(name="rollout", help="Give newer software to gates, by stages.")

RolloutNumber = Annotated[int, Parameter(name="ROLLOUT", help="Its number: gatepost central rollout list.")]


@rollout_app.command
def create(
    version: Annotated[str, Parameter(name="VERSION", help="As its publisher offers it.")],
    /,
    *,
    place: Annotated[str, Parameter(help="Only gates within this place: a path, a code, a site's id.")] = "",
    share: Annotated[
        tuple[int, ...], Parameter(name="--share", help="Percent that have it after each stage; one each.")
    ] = (5, 25, 100),
    most_failed: Annotated[
        int, Parameter(help="Percent of those asked that may fail.", validator=Number(gte=0, lte=100))
    ] = 5,
    soak: Annotated[
        int,
        Parameter(
            help="Minutes that a stage is looked at after its last gate.", validator=Number(gte=0, lte=10**6)
        ),
    ] = 60,
    reason: Annotated[str, Parameter(help="Why, for the audit and the gates' journals.")] = "",
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Begin to give VERSION to gates: some first, then more, one lane a site at a time.

    It stops by itself where more fail than may: they refused it, went back, were not heard of since, or their
    probe is lost. The daemon asks the gates, where `commands.key` of central.toml lets it.

    Example: gatepost central rollout create 0.2.0 --place 江城市/东湖区 --share 10 --share 100
    """
    from sync.central.places.tree import place_at
    from sync.central.rollouts.core import ImpossibleRules, rules_of
    from sync.central.rollouts.rollouts import begin, gates_of
    from sync.updates.core import checked_version

    checked_version(version, "VERSION")
    try:
        rules, now = rules_of(share, most_failed, soak), wall()
    except ImpossibleRules as error:
        raise ConfigurationError(
            error.what, where="--share, --most-failed, --soak", remedy="--share 5 --share 100"
        ) from None
    with opened(config) as store, store.writing() as connection:
        number = None if not place else place_at(connection, place)
        made = begin(connection, whose(actor), version, number, rules, reason, now)
        gates = gates_of(connection, made, now)
    first = sum(gate.stage == 0 for gate in gates)
    answer(
        {"rollout": made, "version": version, "count": len(gates)},
        f"roll-out {made}: {version} to {len(gates)} gates, {first} at first",
        json=json,
    )


@rollout_app.command
def show(number: RolloutNumber, /, *, json: Json = False, config: CentralFile = None) -> int:
    """Show how far a roll-out is, gate by gate; exit 1 where it was stopped or gates failed.

    Example: gatepost central rollout show 1
    """
    from sync.central.rollouts.rollouts import counted, gates_of, rollout_of, whys_of

    now = wall()
    with opened(config) as store, store.reading() as connection:
        found, gates = rollout_of(connection, number), gates_of(connection, number, now)
        whys = whys_of(connection, number)
    fields = _fields(found) | {"counts": counted(gates, now), "stopped": found.stopped}
    rows = [
        (gate.device, gate.stage + 1, gate.progress(now).value, whys.get(gate.device, "")) for gate in gates
    ]
    fields["gates"] = [
        {"device": name, "stage": at, "progress": how, "why": why} for name, at, how, why in rows
    ]
    lines = [f"{name:<32} stage {at}  {how:<10}  {why}".rstrip() for name, at, how, why in rows]
    answer(fields, *_lines(found), *lines, json=json)
    return int(bool(found.stopped) or any(gate.progress(now).is_bad for gate in gates))


@rollout_app.command(name="list")
def list_rollouts(*, json: Json = False, config: CentralFile = None) -> None:
    """List every roll-out, the newest first.

    Example: gatepost central rollout list
    """
    from sync.central.rollouts.rollouts import rollouts

    with opened(config) as store, store.reading() as connection:
        for found in rollouts(connection):
            answer(_fields(found), *_lines(found), json=json)


@rollout_app.command
def stop(
    number: RolloutNumber,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why, for the audit.")] = "stopped by hand",
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Ask no more gates; those that have the version keep it. Exit 1 where it had ended.

    Example: gatepost central rollout stop 1 --reason "complaints from East gate"
    """
    from sync.central.rollouts.rollouts import stop as stopped

    with opened(config) as store, store.writing() as connection:
        done = stopped(connection, whose(actor), number, reason, wall())
    answer({"rollout": number, "stopped": done}, "stopped" if done else "it has ended already", json=json)
    return int(not done)


@rollout_app.command
def resume(
    number: RolloutNumber,
    /,
    *,
    most_failed: Annotated[
        int | None,
        Parameter(
            help="Percent of those asked that may fail from now on; by default as before.",
            validator=Number(gte=0, lte=100),
        ),
    ] = None,
    reason: Annotated[str, Parameter(help="Why, for the audit.")] = "",
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Go on with a roll-out that was stopped. Gates that failed are not asked again.

    Where too many failed for its own rule, say how many may: it would stop at once.

    Example: gatepost central rollout resume 1 --most-failed 20 --reason "the three had no power"
    """
    from sync.central.rollouts.rollouts import resume as resumed

    with opened(config) as store, store.writing() as connection:
        resumed(connection, whose(actor), number, most_failed, reason, wall())
    answer({"rollout": number, "resumed": True}, f"roll-out {number} goes on", json=json)


def _fields(found: Any) -> dict[str, Any]:
    return {
        "rollout": found.number,
        "version": found.version,
        "state": found.state,
        "stage": found.stage + 1,
        "shares": found.rules.shares,
        "actor": found.actor,
    }


def _lines(found: Any) -> list[str]:
    share = found.rules.shares[found.stage]
    state = f"{found.state}, stage {found.stage + 1} ({share} %), by {found.actor}"
    line = f"{found.number}  {found.version}  {state}"
    return [line, *([f"   {found.stopped}"] if found.stopped else [])]
