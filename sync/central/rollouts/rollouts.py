"""Roll-outs as rows: begun, looked at, stopped, in somebody's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from edge.commands.core import CommandKind
from edge.support.phrases import phrase
from sync.central.accounts.actor import Actor
from sync.central.accounts.core import Act
from sync.central.audit.audit import About, note
from sync.central.commands.requests import CommandRequestState
from sync.central.devices.core import StateWhy, is_silent
from sync.central.devices.gates_now import gate_states
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.reported.tables import command_request
from sync.central.rollouts.core import GateNow, GateProgress, Rules, next_step, spread, stage_of
from sync.central.rollouts.tables import rollout, rollout_gate
from sync.central.store import StoreError
from sync.central.tables import device, in_service

_LOST = frozenset({StateWhy.PROBE_FAILED, StateWhy.PROBE_LATE})
_LIST = phrase("gatepost central rollout list")


@dataclass(frozen=True)
class Rollout:
    """One roll-out. Times are microseconds since 1970 UTC; `ended_at` None: it runs."""

    number: int
    version: str
    place: int | None
    rules: Rules
    stage: int
    actor: str
    why: str
    begun_at: int
    ended_at: int | None
    stopped: str

    @property
    def state(self) -> str:
        """`running`, `stopped` or `finished`."""
        if self.ended_at is None:
            return "running"
        return "stopped" if self.stopped else "finished"


def begin(
    connection: sa.Connection, actor: Actor, version: str, place: int | None, rules: Rules, why: str, now: int
) -> int:
    """Begin to give `version` to the gates within `place` (None: to all); the roll-out's number.

    Raises StoreError where `actor` may not command them all, there are none, or one of it runs already.
    """
    found = gates_within(connection, actor, place)
    _check_runs_nowhere(connection, version)
    values = {
        "version": version,
        "place": place,
        "shares": " ".join(map(str, rules.shares)),
        "most_failed": rules.most_failed,
        "soak": rules.soak,
        "stage": 0,
        "actor": actor.name,
        "why": why,
        "begun_at": now,
        "stopped": "",
    }
    number = int(
        connection.execute(sa.insert(rollout).values(values).returning(rollout.c.number)).scalar_one()
    )
    rows = [
        {"rollout": number, "device": name, "stage": stage, "how": "", "why": ""}
        for name, stage in staged(found, rules)
    ]
    connection.execute(sa.insert(rollout_gate), rows)
    detail = {"rollout": number, "version": version, "gates": len(rows), "shares": list(rules.shares)}
    note(
        connection, actor, "rollout", About("rollout", str(number), place=place), now, why=why, detail=detail
    )
    return number


def gates_within(connection: sa.Connection, actor: Actor, place: int | None) -> list[tuple[str, str]]:
    """Site and device of the gates that a roll-out within `place` (None: everywhere) is for.

    Raises StoreError where there are none, or `actor` may not command them all.
    """
    wanted = EVERYWHERE if place is None else Sight(frozenset({place}))
    query = sa.select(device.c.site, device.c.id).where(in_service, wanted.of(device.c.site))
    found = [(row.site, row.id) for row in connection.execute(query)]
    mine = actor.sight(Act.COMMAND)
    if not found or not mine.has_sites(connection, {site for site, _ in found}):
        raise StoreError(
            phrase("there are no gates that you may command"),
            where=phrase("place"),
            remedy=phrase("gatepost central gate list"),
        )
    return found


def staged(found: Sequence[tuple[str, str]], rules: Rules) -> list[tuple[str, int]]:
    """Each device of (site, device) with its stage."""
    return [(name, stage_of(rank, len(found), rules.shares)) for rank, name in enumerate(spread(found))]


def stop(connection: sa.Connection, actor: Actor, number: int, why: str, now: int) -> bool:
    """Ask no more gates; False where it has ended already. What gates have taken they keep."""
    found = rollout_of(connection, number)
    if not end(connection, number, now, why):
        return False
    detail = {"rollout": number, "version": found.version}
    note(
        connection,
        actor,
        "rollout_stop",
        About("rollout", str(number), place=found.place),
        now,
        why=why,
        detail=detail,
    )
    return True


def resume(
    connection: sa.Connection, actor: Actor, number: int, most_failed: int | None, why: str, now: int
) -> None:
    """Go on with a roll-out that was stopped; from now on `most_failed` percent may fail (None: as before).

    Gates that failed are not asked again. Raises StoreError where it was not stopped, or would stop at once.
    """
    held = rollout_of(connection, number)
    if held.state != "stopped":
        running = phrase("roll-out %(number)s is running", number=number)
        raise StoreError(
            running if held.state == "running" else phrase("roll-out %(number)s is finished", number=number),
            remedy=phrase("one that was stopped can go on"),
        )
    _check_runs_nowhere(connection, held.version)
    rules = held.rules if most_failed is None else replace(held.rules, most_failed=most_failed)
    step = next_step(rules, held.stage, gates_of(connection, number, now), now)
    if step.stop:
        raise StoreError(
            phrase("it would stop at once: %(stop)s", stop=step.stop),
            where=phrase("rollout %(number)s", number=number),
            remedy=phrase(
                "let more than %(most)s percent fail, or publish a newer version", most=rules.most_failed
            ),
        )
    back = (rollout.c.number == number) & rollout.c.ended_at.is_not(None)
    values = {"ended_at": None, "stopped": "", "most_failed": rules.most_failed}
    connection.execute(sa.update(rollout).where(back).values(values))
    detail = {"rollout": number, "version": held.version, "most_failed": rules.most_failed}
    about = About("rollout", str(number), place=held.place)
    note(connection, actor, "rollout_resume", about, now, why=why, detail=detail)


def end(connection: sa.Connection, number: int, now: int, stopped: str = "") -> bool:
    """Note that it is over, or why it was `stopped`; False where another did."""
    mine = (rollout.c.number == number) & rollout.c.ended_at.is_(None)
    done = sa.update(rollout).where(mine).values(ended_at=now, stopped=stopped)
    return connection.execute(done).rowcount == 1


def rollouts(connection: sa.Connection, *, running: bool = False) -> list[Rollout]:
    """Every roll-out, the newest first."""
    query = sa.select(rollout).where(rollout.c.ended_at.is_(None) if running else sa.true())
    return [_of(row) for row in connection.execute(query.order_by(rollout.c.number.desc()))]


def rollout_of(connection: sa.Connection, number: int) -> Rollout:
    """The roll-out of this number; raises StoreError."""
    row = connection.execute(sa.select(rollout).where(rollout.c.number == number)).first()
    if row is None:
        raise StoreError(phrase("there is no roll-out %(number)s", number=number), remedy=_LIST)
    return _of(row)


def gates_of(connection: sa.Connection, number: int, now: int) -> list[GateNow]:
    """Every gate of a roll-out that is in service, as it is now."""
    each = command_request.alias()
    first = sa.select(sa.func.min(each.c.asked_at)).where(
        each.c.device == rollout_gate.c.device,
        each.c.kind == CommandKind.TAKE_UPDATE,
        each.c.argument == rollout.c.version,
        each.c.asked_at >= rollout.c.begun_at,
    )
    query = (
        sa.select(
            rollout_gate,
            first.correlate(rollout_gate, rollout).scalar_subquery().label("first"),
            device.c.site,
            device.c.last_seen,
            command_request.c.state,
            command_request.c.outcome,
        )
        .join(rollout, rollout.c.number == rollout_gate.c.rollout)
        .join(device, device.c.id == rollout_gate.c.device)
        .outerjoin(command_request, command_request.c.number == rollout_gate.c.request)
        .where(rollout_gate.c.rollout == number, in_service)
        .order_by(rollout_gate.c.stage, device.c.site, rollout_gate.c.device)
    )
    rows = connection.execute(query).all()
    states = gate_states(connection, now, devices=device.c.id.in_([row.device for row in rows]))
    return [
        GateNow(
            row.device,
            row.site,
            row.stage,
            row.last_seen,
            is_there=not is_silent(row.last_seen, now),
            probe_lost=any(reason.why in _LOST for reason in states[row.device].reasons),
            asked=row.asked_at,
            taken=_taken(row.state, row.outcome),
            ended=row.ended_at,
            how=row.how,
            first=row.first,
        )
        for row in rows
    ]


def whys_of(connection: sa.Connection, number: int) -> dict[str, str]:
    """What gates said of how it ended there, by device."""
    query = sa.select(rollout_gate.c.device, rollout_gate.c.why).where(
        rollout_gate.c.rollout == number, rollout_gate.c.why != ""
    )
    return {row.device: row.why for row in connection.execute(query)}


def counted(gates: list[GateNow], now: int) -> dict[str, int]:
    """How many gates are how far."""
    counts = Counter(gate.progress(now) for gate in gates)
    return {progress.value: counts[progress] for progress in (*GateProgress, *counts) if counts[progress]}


def _check_runs_nowhere(connection: sa.Connection, version: str) -> None:
    running = sa.select(rollout.c.number).where(rollout.c.version == version, rollout.c.ended_at.is_(None))
    if (other := connection.execute(running).scalar()) is not None:
        raise StoreError(
            phrase("%(version)s is being rolled out already", version=version),
            where=phrase("rollout %(number)s", number=other),
            remedy=_LIST,
        )


def _taken(state: str | None, outcome: str | None) -> bool | None:
    """Whether a gate took the command; None: nobody knows yet."""
    if state in {None, CommandRequestState.WAITING, CommandRequestState.SENT}:
        return None
    return state == CommandRequestState.ANSWERED and outcome == "done"


def _of(row: sa.Row[Any]) -> Rollout:
    fields: dict[str, Any] = row._asdict()
    rules = Rules(
        tuple(int(share) for share in fields.pop("shares").split()),
        fields.pop("most_failed"),
        fields.pop("soak"),
    )
    return Rollout(rules=rules, **fields)
