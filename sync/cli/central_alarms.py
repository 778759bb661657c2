"""`gatepost central alarm`: what needs somebody, and what was done about it."""

from __future__ import annotations

import time
from typing import Annotated

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, answer
from edge.support.counted import counted
from sync.cli.central_context import CentralFile, Whose, ago, iso, opened, shown, whose

alarm_app = cyclopts.App(name="alarm", help="What needs somebody, once each.")
rule_app = cyclopts.App(name="rule", help="Which alarms there are, where and when.")
alarm_app.command(rule_app)
AlarmNumber = Annotated[int, Parameter(name="ALARM", help="The alarm's number: gatepost central alarm list.")]


@alarm_app.command(name="list")
def list_(
    *,
    closed: Annotated[bool, Parameter(help="Those that are closed, the newest first.")] = False,
    count: Annotated[int, Parameter(help="At most so many.", validator=Number(gte=1, lte=10_000))] = 100,
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Show the alarms that are open, the gravest first; exit 1 if there are any.

    Example: gatepost central alarm list
    """
    from sync.central.alarms.core import KINDS
    from sync.central.alarms.listing import AlarmFilters, alarms_in, watcher_of

    now = time.time_ns() // 1000
    with opened(config) as store, store.reading() as connection:
        watcher = watcher_of(whose(""))
        found = alarms_in(connection, watcher, AlarmFilters(is_open=not closed), count=count)
    for each in found:
        life, words = each.life, KINDS[each.kind].words
        who = life.closed_by if closed else life.taken_by
        fields = {
            "alarm": each.number,
            "kind": each.kind.value,
            "severity": life.severity.value,
            "site": each.about.site,
            "device": each.about.device,
            "times": life.times,
            "first": iso(life.first_at),
            "last": iso(life.last_at),
            "actor": who,
        }
        where = " ".join(filter(None, (each.where, each.gate))) or "the centre"
        often = f"{counted(life.times, 'time')}, first {ago(life.first_at, now)}"
        line = f"{each.number:>6}  {life.severity.value}  {words}, {where}, {often}"
        answer(fields, line + (f", {who}" if who else ""), json=json)
    return 1 if found and not closed else 0


@alarm_app.command
def show(number: AlarmNumber, /, *, json: Json = False, config: CentralFile = None) -> None:
    """Show one alarm, and what became of it.

    Example: gatepost central alarm show 17
    """
    from sync.central.alarms.core import KINDS
    from sync.central.alarms.listing import alarm_at, steps_of, watcher_of
    from sync.central.store import StoreError

    with opened(config) as store, store.reading() as connection:
        found = None if abs(number) >> 62 else alarm_at(connection, watcher_of(whose("")), number)
        if found is None:
            raise StoreError(f"there is no alarm {number}", remedy="gatepost central alarm list")
        steps = steps_of(connection, number)
    life = found.life
    fields = {
        "alarm": number,
        "kind": found.kind.value,
        "severity": life.severity.value,
        "site": found.about.site,
        "device": found.about.device,
        "times": life.times,
        "first": iso(life.first_at),
        "last": iso(life.last_at),
        "values": dict(life.values),
        "steps": [
            {"what": each.what.value, "at": iso(each.at), "actor": each.by, "text": each.why}
            for each in steps
        ],
    }
    often = f"severity {life.severity.value}, {counted(life.times, 'time')}"
    head = f"{KINDS[found.kind].words}, {found.where} {found.gate}: {often}"
    told = (f"{shown(each.at)}  {each.what.value} {each.by} {each.why}".rstrip() for each in steps)
    answer(fields, head, *told, json=json)


@alarm_app.command
def close(
    number: AlarmNumber,
    /,
    *,
    reason: Annotated[str, Parameter(help="What was found and done.")],
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Close an alarm, and say what was done; who is on the way is called back.

    Example: gatepost central alarm close 17 --reason "latch mended"
    """
    from sync.central.alarms.caring import close_alarm
    from sync.central.task_senders import TaskSenders

    now = time.time_ns() // 1000
    with opened(config) as store, store.writing() as connection:
        close_alarm(connection, whose(actor), number, reason, now)
        TaskSenders().take_back(connection, number, now)
    answer({"alarm": number, "closed": True}, f"alarm {number} is closed", json=json)


@rule_app.command(name="list")
def rules(*, json: Json = False, config: CentralFile = None) -> None:
    """Show the rules of alarms: those that were set, and the ones that Gatepost comes with.

    Example: gatepost central alarm rule list
    """
    from msgspec import to_builtins

    from sync.central.alarms.core import SHIPPED
    from sync.central.alarms.editing import rules_in
    from sync.central.places.sight import EVERYWHERE

    with opened(config) as store, store.reading() as connection:
        held = rules_in(connection, EVERYWHERE)
    for rule in (*held, *SHIPPED.values()):
        settings = to_builtins(rule.settings)
        fields = {
            "rule": rule.number,
            "kind": rule.kind.value,
            "place": rule.place,
            "severity": rule.severity.value,
            "raises": rule.raises,
            "days": rule.schedule.days,
            "settings": settings,
        }
        whose_rule = f"rule {rule.number}" if rule.number is not None else "comes with Gatepost"
        told = ", ".join(f"{name} {value}" for name, value in settings.items())
        never = "" if rule.raises else ", never raised"
        line = f"{rule.kind.value:<20} {rule.severity.value}  {whose_rule}{never}: {told}"
        answer(fields, line, json=json)
