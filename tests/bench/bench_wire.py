"""What a gate with 5,000 passages says and hears in a day, in bytes; and how long a batch takes.

.venv/bin/python tests/bench/bench_wire.py

A passage is four events: the decision on a face, the barrier opens, somebody passes, it closes 4.4 s later.
The bytes are those of the messages, each with its MQTT header (QoS 1) and one TLS 1.3 record; TCP and IP are
not counted. `before` is what this found for the protocol of commit 06e3c91, of which the messages are gone.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from rich.console import Console
from rich.table import Table

from edge.decision import (
    ClockTrust,
    Decision,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    Mode,
    Outcome,
    Reason,
    WallTime,
)
from edge.journal.format import (
    AccessDecided,
    Acknowledgement,
    Entry,
    Event,
    LaneClosed,
    LaneOpened,
    LanePassed,
    following,
    told,
)
from edge.signing.cose import keys_of, microseconds

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from sync.agent.configuration import LimitsSection
from sync.agent.core.gathering import Gathering
from sync.wire import JournalBatch, batch_of, entries_of, open_message, seal_message
from tests.sync.wire.examples import MESSAGES

PASSAGES = 5_000
SAMPLE = 500
"""Passages that are made; the day has ten times as many."""
POLLED_EVERY = 0.2
DEVICE = "green-court.main"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = keys_of([KEY.public_key().public_bytes_raw()])
BEGUN = datetime(2026, 3, 3, tzinfo=UTC)
MQTT_AND_TLS = 1 + 2 + 2 + 2 + 1 + 22
"""Type, length, topic's length, packet id, no properties; a TLS 1.3 record's head, type and tag."""

BEFORE = {
    "the decisions alone, each by itself": (4.63, 1.16),
    "each event by itself": (10.06, 4.64),
    "as a gate did: what one poll found": (9.13, 3.76),
    "100 in a batch": (5.18, 0.05),
}
"""MB up, MB of acknowledgements."""
HEALTH_BEFORE = 0.47

Timed = tuple[float, Entry]


def passage(number: int, chance: random.Random) -> Iterator[tuple[float, Event]]:
    """The events of one passage, each with its seconds since the decision."""
    subject, reference = f"subject-{number % 1500:04d}", f"{number:08x}"
    face = FaceEvidence(
        FaceFinding.MATCHED,
        subject_id=subject,
        score=chance.uniform(0.55, 0.8),
        runner_up=chance.uniform(0.1, 0.35),
        threshold=0.4633,
        liveness=chance.random(),
        liveness_frames=3,
        frames=4,
        quality=chance.random(),
    )
    decision = Decision(Outcome.GRANT, Reason.FACE_MATCHED, "residents", subject)
    yield (
        0.0,
        AccessDecided(decision, Evidence(Direction.ENTRY, face=face), Mode.FACE_OR_CODE, 118, "camera"),
    )
    yield 0.05, LaneOpened(cause="grant", reference=reference)
    yield 2.6, LanePassed(direction=Direction.ENTRY, counted="counted", cause="grant", reference=reference)
    yield 4.4, LaneClosed()


def a_tenth_of_a_day() -> list[Timed]:
    chance = random.Random(1)
    made: list[Timed] = []
    begun = 0.0
    for number in range(SAMPLE):
        for after, event in passage(number, chance):
            at = begun + after
            wall = WallTime(BEGUN + timedelta(seconds=at + chance.random() / 1000), ClockTrust.TRUSTED)
            before = made[-1][1] if made else None
            entry = following(
                before, told(event), epoch=bytes(range(16)), gate="main", wall=wall, monotonic=5000 + at
            )
            made.append((at, entry))
        begun += chance.uniform(8.0, 26.56)
    return made


def each(day: Sequence[Timed]) -> list[list[Entry]]:
    return [[entry] for _, entry in day]


def decisions(day: Sequence[Timed]) -> list[list[Entry]]:
    return [[entry] for _, entry in day if entry.kind == AccessDecided.kind]


def hundreds(day: Sequence[Timed]) -> list[list[Entry]]:
    entries = [entry for _, entry in day]
    return [entries[place : place + 100] for place in range(0, len(entries), 100)]


def gathered(linger: float) -> Callable[[Sequence[Timed]], list[list[Entry]]]:
    """As the agent batches that polls the journal and lets events wait for `linger` seconds."""

    def batches(day: Sequence[Timed]) -> list[list[Entry]]:
        made, waiting, place, gathering = [], [], 0, Gathering(linger)
        for poll in range(int((day[-1][0] + 60) / POLLED_EVERY)):
            now = poll * POLLED_EVERY
            while place < len(day) and day[place][0] <= now:
                waiting.append(day[place][1])
                place += 1
            if waiting and not gathering.holds(waiting, now, most=100):
                made.append(waiting)
                waiting = []
        return made

    return batches


def on_the_wire(message: object) -> int:
    sealed = seal_message(message, DEVICE, KEY)  # type: ignore[arg-type]
    return len(sealed.topic) + len(sealed.data) + MQTT_AND_TLS


def best(work: Callable[[], object]) -> float:
    """Milliseconds of the fastest of 50."""
    found = []
    for _ in range(50):
        begun = perf_counter()
        work()
        found.append(perf_counter() - begun)
    return min(found) * 1000


def opened(topic: str, data: bytes) -> tuple[Entry, ...]:
    batch = open_message(topic, data, KEYS).message
    assert isinstance(batch, JournalBatch)
    return entries_of(batch)


def main() -> None:
    day = a_tenth_of_a_day()
    table = Table(
        "events go up", "batches", "up, MB", "acknowledged, MB", "both before", title="A gate and day"
    )
    acknowledged = on_the_wire(Acknowledgement(bytes(16), 20_000, bytes(32), microseconds(BEGUN)))
    linger = LimitsSection().linger
    for name, batched in (
        ("the decisions alone, each by itself", decisions),
        ("each event by itself", each),
        ("as a gate did: what one poll found", gathered(0.0)),
        ("what happens in 2 s", gathered(2.0)),
        (f"as a gate does: what happens in {linger:.0f} s", gathered(linger)),
        ("100 in a batch", hundreds),
    ):
        batches = batched(day)
        assert batched is decisions or sum(map(len, batches)) == len(day)
        up = sum(on_the_wire(batch_of(batch, batch[0].sequence - 1)) for batch in batches)
        times = PASSAGES / SAMPLE
        table.add_row(
            name,
            f"{len(batches) * times:,.0f}",
            f"{up * times / 1e6:.2f}",
            f"{len(batches) * acknowledged * times / 1e6:.2f}",
            " + ".join(f"{figure:.2f}" for figure in BEFORE.get(name, ())),
        )
    health = on_the_wire(MESSAGES["health"]) * 86_400 / LimitsSection().report_every / 1e6
    table.add_row(
        "health", f"{86_400 / LimitsSection().report_every:,.0f}", f"{health:.2f}", "", f"{HEALTH_BEFORE:.2f}"
    )
    Console().print(table)
    times_table = Table("events in a batch", "encode and sign, ms", "verify, decode and hash, ms", "bytes")
    for size in (1, 4, 100):
        entries = [entry for _, entry in day[:size]]
        sealed = seal_message(batch_of(entries, 0), DEVICE, KEY)
        times_table.add_row(
            str(size),
            f"{best(lambda: seal_message(batch_of(entries, 0), DEVICE, KEY)):.2f}",  # noqa: B023 - called here
            f"{best(lambda: opened(sealed.topic, sealed.data)):.2f}",  # noqa: B023 - called here
            str(len(sealed.data)),
        )
    Console().print(times_table)


if __name__ == "__main__":
    main()
