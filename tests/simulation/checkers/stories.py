"""What a world might be seen to do, in few words: for the tables that checkers are tested by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from edge.decision import (
    Alarm,
    Decision,
    Direction,
    Evidence,
    FaceEvidence,
    FaceFinding,
    Mode,
    Outcome,
    PassEvidence,
    PassVerdict,
    Reason,
)
from edge.journal.format import AccessDecided, CommandTaken, Event, GateStopped, told
from tests.simulation.checkers import Rules, every_checker
from tests.simulation.observations import (
    AtCentral,
    Came,
    CardChanged,
    ClockState,
    InForce,
    Left,
    Linked,
    Observation,
    Over,
    ProcessBegan,
    Published,
    Standing,
    Stored,
    Told,
    Wire,
    identity_of,
)

EPOCH, NEW_EPOCH = b"e" * 16, b"n" * 16
LATE = 100_000.0
"""When a story is over: long after every bound."""


def begun(device: str = "main", at: float = 0.0) -> tuple[Observation, ...]:
    """A gate and its sync process that live, are linked and know the time; at the begin on an empty card."""
    card = (CardChanged(at, device, "new"),) if at == 0.0 else ()
    return (
        *card,
        ProcessBegan(at, device, "gate"),
        ProcessBegan(at, device, "sync"),
        ClockState(at, device, 0.0, True),
        Linked(at, device, True),
    )


def peopled(device: str = "main") -> tuple[Observation, ...]:
    """The same, at a site where `li` is admitted and `wu` is not, by version 1, which the gate holds."""
    return (
        Standing(0.0, "li", True),
        Standing(0.0, "wu", False),
        Published(0.0, 1, LATE * 10),
        *begun(device),
        InForce(0.0, device, 1, 0.0),
    )


def stored(
    at: float,
    sequence: int,
    event: Event | None = None,
    *,
    device: str = "main",
    epoch: bytes = EPOCH,
    by: str = "",
) -> Stored:
    """An event on a card; `by` makes another event of the same number."""
    kind, body = told(event or GateStopped())
    digest = hashlib.sha256(repr((identity_of(device), epoch, sequence, kind, body, by)).encode()).digest()
    return Stored(at, device, epoch, sequence, digest, kind, body)


def at_central(at: float, *events: Stored) -> tuple[AtCentral, ...]:
    return tuple(
        AtCentral(
            at, identity_of(event.device), event.epoch, event.sequence, event.hash, event.kind, event.body
        )
        for event in events
    )


def decided(
    person: str | None = "li",
    outcome: Outcome = Outcome.GRANT,
    reason: Reason = Reason.FACE_MATCHED,
    *,
    way: Direction = Direction.ENTRY,
    pass_id: str = "",
    once: bool = False,
    face: str | None = None,
    alarms: tuple[Reason, ...] = (),
) -> AccessDecided:
    """A decision on who showed their face, or with `pass_id` a pass (and `face`, if theirs was known)."""
    by_face = None if pass_id else person
    seen = by_face or face
    evidence = Evidence(
        way,
        None if seen is None else FaceEvidence(FaceFinding.MATCHED, seen),
        PassEvidence(PassVerdict.GENUINE, pass_id=pass_id, subject_id=person, once=once) if pass_id else None,
    )
    decision = Decision(outcome, reason, "rule", person, alarms=tuple(Alarm(item, "rule") for item in alarms))
    return AccessDecided(decision, evidence, Mode.FACE_OR_CODE, 1, "camera")


def opening(nonce: bytes, counter: int, issuer: str = "aa") -> CommandTaken:
    return CommandTaken(nonce.hex(), "open_once", "", "Wang Fang", issuer, counter)


def visit(
    at: float,
    person: str = "li",
    *,
    device: str = "main",
    how: str = "face",
    pass_id: str = "",
    number: int = 1,
) -> tuple[Observation, ...]:
    """Somebody comes and is told something at once."""
    return Came(at, device, person, how, number, pass_id), Told(at + 1.0, device, "face_matched", "grant")


def leaves(at: float, person: str = "li", *, device: str = "main", number: int = 1) -> Left:
    return Left(at, device, person, number)


def relay(at: float, *, on: bool, device: str = "main") -> Wire:
    return Wire(at, device, "relay_open", on, True)


def line(at: float, name: str, *, active: bool = True, device: str = "main") -> Wire:
    return Wire(at, device, name, active, False)


def broken(*story: Observation | Iterable[Observation], rules: Rules | None = None) -> set[str]:
    """The checkers that object to a story: observations, or tuples of them, as time goes."""
    seen: list[Observation] = []
    for part in story:
        seen.extend(part if isinstance(part, tuple) else [part])  # type: ignore[list-item]
    assert [item.at for item in seen] == sorted(item.at for item in seen), "time goes on in a story"
    watch = every_checker(rules or Rules())
    ends = [] if isinstance(seen[-1], Over) else [Over(max(LATE, seen[-1].at))]
    return {violation.checker for item in (*seen, *ends) for violation in watch.observe(item)}
