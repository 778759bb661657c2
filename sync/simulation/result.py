"""What came of a run: the figures, and whether anything was lost or counted twice."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sync.simulation.core import FleetTally


class Result(msgspec.Struct, frozen=True):
    """Times are seconds, but those in `_ms`. `lost`: written, given up by nobody, and not acknowledged, or
    acknowledged and not stored; `doubled`: stored more often than written; both None where central's database
    was not to be had (then `lost` is what was not acknowledged). `stored`: by central's own count.
    `away`: each gate that had not come back after an outage when all had their time, and what it waited for.
    """

    gates: int
    seconds: float
    drained_after: float | None
    written: int
    backlog: int
    acknowledged: int
    forfeited: int
    lost: int
    doubled: int | None
    stored: int | None
    events_a_second: float
    batches: int
    sent_bytes: int
    flooded: int
    links: int
    losses: int
    p50_ms: float | None
    p99_ms: float | None
    wire_p50_ms: float | None
    wire_p99_ms: float | None
    stalls: list[tuple[float, float]]
    back_first: float | None
    back_half: float | None
    back_all: float | None
    away: dict[str, str]
    simulation_cpu: float

    @property
    def is_good(self) -> bool:
        return not self.lost and not self.doubled


def result_of(
    tally: FleetTally,
    ran: float,
    took: float,
    before: Mapping[str, int] | None,
    after: Mapping[str, int] | None,
    *,
    drained: bool,
) -> Result:
    """The figures of a run that lasted `ran` seconds, and `took` with what was left to drain; `before` and
    `after` are what central had stored of each device.
    """
    unacknowledged = tally.written - tally.forfeited - tally.confirmed
    lost, doubled, stored = max(0, unacknowledged), None, None
    if before is not None and after is not None:
        stored = sum(after.values()) - sum(before.values())
        has = {device: after.get(device, 0) - before.get(device, 0) for device in tally.written_of}
        told = tally.written_of.items()
        lost += sum(max(0, confirmed - has[device]) for device, (_, confirmed) in told)
        doubled = sum(max(0, has[device] - written) for device, (written, _) in told)
    back = tally.back
    return Result(
        gates=tally.gates,
        seconds=round(ran, 1),
        drained_after=round(took - ran, 1) if drained else None,
        written=tally.written,
        backlog=tally.backlog,
        acknowledged=tally.confirmed,
        forfeited=tally.forfeited,
        lost=lost,
        doubled=doubled,
        stored=stored,
        events_a_second=round(tally.confirmed / took, 1) if took else 0.0,
        batches=tally.batches,
        sent_bytes=tally.sent_bytes,
        flooded=tally.floods,
        links=tally.links,
        losses=tally.losses,
        p50_ms=_ms(tally.to_ack.quantile(0.5)),
        p99_ms=_ms(tally.to_ack.quantile(0.99)),
        wire_p50_ms=_ms(tally.on_wire.quantile(0.5)),
        wire_p99_ms=_ms(tally.on_wire.quantile(0.99)),
        stalls=tally.stalls,
        back_first=back[0] if back else None,
        back_half=back[len(back) // 2] if back else None,
        back_all=back[-1] if back else None,
        away=tally.away,
        simulation_cpu=round(tally.cpu, 2),
    )


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(1000 * seconds, 1)
