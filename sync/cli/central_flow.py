"""`gatepost central flow`: who is inside, counted from the journals of all gates."""

from __future__ import annotations

import time
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.support.counted import counted
from sync.cli.central_context import CentralFile, check_device, opened

flow_app = cyclopts.App(name="flow", help="Who is inside, by the journals of all gates.")


@flow_app.command
def show(*, json: Json = False, config: CentralFile = None) -> None:
    """Show who is inside each site and zone, and how far that is to be believed.

    Example: gatepost central flow show --json
    """
    from sync.central.flow.core import site, zone
    from sync.central.flow.limits import limits_in, policy_limits
    from sync.central.flow.reading import inside_now, people_in
    from sync.central.flow.zones import zones_in
    from sync.central.places.sight import EVERYWHERE

    now = time.time_ns() // 1000
    with opened(config) as store, store.reading() as connection:
        limits = limits_in(connection, EVERYWHERE, policy_limits(connection, EVERYWHERE))
        sites = inside_now(connection, EVERYWHERE, now)
        named = [(name, site(name)) for name in sorted(sites)]
        named += [(each.name, zone(each.number)) for each in zones_in(connection, EVERYWHERE)]
        for name, where in named:
            people, rule = people_in(connection, where, now, sites), limits.rule(where, now)
            fields = {
                "name": name,
                "inside": people.inside,
                "warn": None if rule is None else rule.warn,
                "stop": None if rule is None else rule.stop,
                "entered": people.entered,
                "left": people.left,
                "deficit": people.deficit,
                "estimated": people.estimated,
                "clocks_off": people.off,
            }
            most = "" if rule is None else f" of {rule.stop or rule.warn}"
            beside = [
                *(["estimated"] if people.estimated else []),
                *([f"{people.deficit} more left than came"] if people.deficit else []),
                *([f"{counted(people.off, 'gate')} with a wrong clock"] if people.off else []),
            ]
            line = f"{name:<24} {people.inside:>7}{most}  {people.entered} in, {people.left} out"
            answer(fields, "  ".join([line, *beside]), json=json)


@flow_app.command
def rebuild(
    *,
    device: Annotated[str | None, Parameter(help="Of this device only.")] = None,
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Count the journals anew: after an update from a version that did not count, or in doubt.

    A journal is counted in one transaction; what its gate sends meanwhile waits for it.

    Example: gatepost central flow rebuild
    """
    from sync.central.flow.rebuilding import rebuild as rebuilt

    with opened(config) as store:
        if device is not None:
            with store.reading() as connection:
                check_device(connection, device)
        for each in rebuilt(store, device):
            fields = {
                "device": each.device,
                "epoch": each.epoch.hex(),
                "events": each.events,
                "changed": each.changed,
            }
            line = f"{each.device}  {each.events} events that count, {each.changed} figures were others"
            answer(fields, line, json=json)
