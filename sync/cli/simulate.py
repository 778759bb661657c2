"""`gatepost simulate`: gates that are simulated, against a broker and a centre that are not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import DONE, PROBLEM, Json, answer, note
from edge.cli.files_to_read import ToRead

if TYPE_CHECKING:
    from sync.simulation.core import FleetTally
    from sync.simulation.result import Result
    from sync.simulation.wishes import FleetWishes

app = cyclopts.App(name="simulate", help="Load a broker and a centre with gates that are simulated.")

Gates = Annotated[int, Parameter(help="How many gates.", validator=Number(gte=1, lte=100_000))]
Seconds = Annotated[
    float, Parameter(help="For how many seconds people come.", validator=Number(gte=1, lte=10**7))
]


@app.command
def fleet(
    *,
    gates: Gates = 50,
    rate: Annotated[
        float,
        Parameter(
            help="Passages of a gate in an hour, on the day's mean.", validator=Number(gte=0, lte=10**6)
        ),
    ] = 60.0,
    curve: Annotated[
        Literal["market", "residential", "airport", "steady"], Parameter(help="Whose day it is.")
    ] = "market",
    seconds: Seconds = 60.0,
    speed: Annotated[
        float, Parameter(help="How many times as fast the day passes.", validator=Number(gt=0, lte=1e4))
    ] = 1.0,
    hour: Annotated[
        float, Parameter(help="The hour at which the day begins.", validator=Number(gte=0, lt=24))
    ] = 9.0,
    faults: Annotated[
        tuple[str, ...],
        Parameter(help="What befalls gates: NAME or NAME=SHARE, parted by commas; all: everything."),
    ] = (),
    month_events: Annotated[
        int,
        Parameter(help="Events of a gate that comes back after a month.", validator=Number(gte=0, lte=10**7)),
    ] = 5_000,
    seed: Annotated[int, Parameter(help="The same number, the same crowds and faults.")] = 1,
    linger: Annotated[
        float,
        Parameter(
            help="Seconds for which a passage's events wait for each other.",
            validator=Number(gte=0, lte=3600),
        ),
    ] = 5.0,
    processes: Annotated[
        int,
        Parameter(help="Processes that play gates; 0: one for each 500.", validator=Number(gte=0, lte=256)),
    ] = 0,
    drain: Annotated[
        float,
        Parameter(
            help="Seconds to wait for the last acknowledgement, and for who is not back.",
            validator=Number(gte=0, lte=10**6),
        ),
    ] = 120.0,
    every: Annotated[
        float, Parameter(help="Seconds between two lines of figures.", validator=Number(gte=0.5, lte=3600))
    ] = 5.0,
    centre: Annotated[
        Path | None, ToRead, Parameter(help="The folder of a centre that runs; without it, one of its own.")
    ] = None,
    broker: Annotated[
        tuple[str, ...],
        Parameter(help="HOST or HOST:PORT by which the centre's gates go in; for each node once."),
    ] = (),
    ca: Annotated[
        Path | None, ToRead, Parameter(help="The folder of the authority that certifies the gates.")
    ] = None,
    plain: Annotated[bool, Parameter(help="Go to the centre's broker without TLS.")] = False,
    fleet: Annotated[
        Path | None, Parameter(help="The folder of the gates' keys; by default in the centre's.")
    ] = None,
    beside_real_gates: Annotated[bool, Parameter(help="The centre may have gates that are real.")] = False,
    tls: Annotated[bool, Parameter(help="Give a centre of its own TLS and certificates.")] = False,
    ingesters: Annotated[
        int, Parameter(help="Ingesters of a centre of its own.", validator=Number(gte=1, lte=64))
    ] = 1,
    database: Annotated[
        str | None, Parameter(help="The empty database of a centre of its own; by default a SQLite file.")
    ] = None,
    console: Annotated[
        int | None,
        Parameter(
            help="The port of its console; without it there is none.", validator=Number(gte=1, lte=65535)
        ),
    ] = None,
    json: Json = False,
) -> int:
    """Simulate gates at a real broker and a real centre, and count what becomes of their events.

    Each speaks the protocol of a gate, by the sync process of a gate, with keys and a journal of its own;
    people come after the curve of a day. Without --centre it makes a centre, with Debian's Mosquitto, that
    is gone afterwards. Exit 1 where an event was lost, or counted twice.

    Example: gatepost simulate fleet --gates 50 --speed 60 --console 8080
    """
    from edge.cli.logs import quiet_logs
    from edge.support.stop_signals import stopped_by_signals
    from sync.cli.broker_address import broker_address
    from sync.simulation.core import Curve, shares_of
    from sync.simulation.task import Load
    from sync.simulation.wishes import FleetWishes, simulate
    from sync.transport.clock import wall

    load = Load(
        seconds,
        rate,
        Curve(curve),
        speed,
        hour,
        linger,
        dict(shares_of(faults)) if faults else {},
        month_events,
        seed,
        wall(),
        gates,
    )
    wishes = FleetWishes(
        load,
        processes,
        centre,
        tuple(broker_address(each, plain=plain) for each in broker),
        ca,
        plain,
        fleet,
        beside_real_gates,
        tls,
        ingesters,
        database,
        console,
        drain,
        every,
    )
    _check(wishes)
    quiet_logs()
    with stopped_by_signals() as stop:
        result = simulate(
            wishes,
            stop,
            lambda tally, since: _say(tally, since, json=json),
            lambda text: note(text, json=json),
        )
    _answer(result, json=json)
    return DONE if result.is_good else PROBLEM


def _check(wishes: FleetWishes) -> None:
    """Raises ConfigurationError for words that go with a centre of its own only, and the other way round."""
    from edge.errors import ConfigurationError

    own = wishes.centre is None
    of_a_centre = {"--broker": wishes.brokers, "--ca": wishes.authority, "--plain": wishes.plain}
    of_its_own = {
        "--tls": wishes.secured,
        "--ingesters": wishes.ingesters != 1,
        "--database": wishes.database,
        "--console": wishes.console,
    }
    for name, said in (of_a_centre if own else of_its_own).items():
        if said:
            what = "goes with --centre" if own else "goes with a centre of the simulation's own"
            raise ConfigurationError(what, where=name, remedy="gatepost simulate fleet --help")


def _say(tally: FleetTally, since: float, *, json: bool) -> None:
    p50, p99 = (tally.to_ack.quantile(share) for share in (0.5, 0.99))
    fields = {
        "at_seconds": round(since, 1),
        "linked": tally.linked,
        "written": tally.written,
        "acknowledged": tally.confirmed,
        "waiting": tally.waiting,
        "p50_ms": None if p50 is None else round(1000 * p50, 1),
        "p99_ms": None if p99 is None else round(1000 * p99, 1),
    }
    answer(
        fields,
        f"{since:6.0f} s  {tally.linked} of {tally.gates} gates linked, {tally.written} events written, "
        f"{tally.confirmed} acknowledged, {tally.waiting} wait; to the acknowledgement {_ms(p50)}, "
        f"{_ms(p99)}",
        json=json,
    )


def _answer(found: Result, *, json: bool) -> None:
    import msgspec

    told = None if found.doubled is None else f"{found.doubled} doubled at central ({found.stored} stored)"
    stalls = max((length for _, length in found.stalls), default=0.0)
    lines = [
        f"written       {found.written} events of {found.gates} gates in {found.seconds} s"
        + (f", {found.backlog} of them before" if found.backlog else ""),
        f"acknowledged  {found.acknowledged}, {found.events_a_second} a second; the last "
        + ("is out" if found.drained_after is None else f"{found.drained_after} s after the end"),
        f"lost          {found.lost}" + (f", and {told}" if told else ""),
        f"delays        from the event {found.p50_ms} ms (p50), {found.p99_ms} ms (p99)",
        f"              from the batch {found.wire_p50_ms} ms, {found.wire_p99_ms} ms",
        f"stalls        {len(found.stalls)} of a second and more, the longest {stalls} s",
        f"links         {found.links} opened, {found.losses} cut",
    ]
    if found.forfeited:
        lines.append(f"given up      {found.forfeited}, of chains that central has another one of")
    if found.back_half is not None:
        lines.append(
            f"back          the first after {found.back_first} s, half after {found.back_half} s, "
            f"all after {found.back_all} s"
        )
    if found.away:
        device, waits_for = next(iter(found.away.items()))
        lines.append(f"not back      {len(found.away)} gates, {device} for one: {waits_for}")
    answer(msgspec.to_builtins(found), *lines, json=json)


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.0f} ms"
