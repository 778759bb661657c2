"""What a code opens that a gate knows by a digest: evidence as of a pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from edge.credentials.at_the_gate import Certificates, evidence_at_gate
from edge.credentials.code import CodeTrust
from edge.credentials.known.numbers import (
    RESTING,
    kept_digest,
    kept_of_code,
    slow_digest,
    text_of_digests,
)
from edge.credentials.known.rights import (
    CODE_PREFIX,
    KnownRight,
    evidence_of_known,
    names_of_uses,
    right_of,
    with_next_use,
)
from edge.credentials.trust import PassTrust
from edge.decision import (
    Binding,
    CertificateRules,
    ClockTrust,
    Direction,
    HolderRule,
    PassEvidence,
    PassKind,
    PassUse,
    PassVerdict,
    WallTime,
)

NOON = datetime(2026, 11, 3, 4, 0, tzinfo=UTC)
SALT = bytes(16)
NUMBER = "40712296"
CODE = f"{CODE_PREFIX}MFRGGZDFMZTWQ2LK"
IN, OUT = Direction.ENTRY, Direction.EXIT


def right(**changed: Any) -> KnownRight:
    fields: dict[str, Any] = {
        "subject": "visitor:3f9c",
        "pass_id": "ab" * 8,
        "since": NOON - timedelta(hours=1),
        "until": NOON + timedelta(hours=1),
    }
    return KnownRight(**(fields | changed))


def typed(number: str, *salts: bytes) -> str:
    return text_of_digests(slow_digest(number, salt) for salt in salts or (SALT,))


def evidence(
    text: str, held: KnownRight, *, at: datetime = NOON, trust: ClockTrust = ClockTrust.TRUSTED
) -> PassEvidence:
    rights = {kept_digest(NUMBER, SALT): held, kept_of_code(CODE): held}
    return evidence_of_known(text, [{}, rights], frozenset({"dead"}), WallTime(at, trust))


@pytest.mark.parametrize("text", [typed(NUMBER), typed(NUMBER, bytes(15) + b"1", SALT), CODE])
def test_a_number_and_a_code_are_evidence_as_a_pass_is(text: str) -> None:
    found = evidence(text, right(gates=frozenset({"main"})))
    assert (found.verdict, found.kind) == (PassVerdict.GENUINE, PassKind.VISITOR)
    assert (found.subject_id, found.pass_id, found.gates) == ("visitor:3f9c", "ab" * 8, frozenset({"main"}))
    assert (found.once, found.uses, found.timed) == (True, 1, True)


@pytest.mark.parametrize(
    ("text", "changed", "at", "trust", "verdict"),
    [
        (typed("40712297"), {}, NOON, ClockTrust.TRUSTED, PassVerdict.UNKNOWN_CODE),
        (CODE.lower(), {}, NOON, ClockTrust.TRUSTED, PassVerdict.UNKNOWN_CODE),
        (CODE + "A", {}, NOON, ClockTrust.TRUSTED, PassVerdict.UNKNOWN_CODE),
        (RESTING, {}, NOON, ClockTrust.TRUSTED, PassVerdict.KEYPAD_RESTS),
        (CODE, {"pass_id": "dead"}, NOON, ClockTrust.TRUSTED, PassVerdict.REVOKED),
        (CODE, {}, NOON - timedelta(hours=1), ClockTrust.TRUSTED, PassVerdict.GENUINE),
        (CODE, {}, NOON - timedelta(hours=1, seconds=1), ClockTrust.TRUSTED, PassVerdict.NOT_YET_VALID),
        (CODE, {}, NOON + timedelta(hours=1), ClockTrust.TRUSTED, PassVerdict.EXPIRED),
        (CODE, {}, NOON, ClockTrust.UNTRUSTED, PassVerdict.CLOCK_UNSURE),
    ],
)
def test_what_is_wrong_with_one_is_said_as_of_a_pass(
    text: str, changed: dict[str, Any], at: datetime, trust: ClockTrust, verdict: PassVerdict
) -> None:
    assert evidence(text, right(**changed), at=at, trust=trust).verdict is verdict


@pytest.mark.parametrize(
    "changed",
    [{"until": NOON - timedelta(hours=1)}, {"uses": 0}],
    ids=["ends before it begins", "a visitor's without an end of uses"],
)
def test_a_right_that_never_opens_or_always_does_is_none(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"ends before|number of times"):
        right(**changed)


def test_somebody_of_the_registry_may_have_a_number_that_opens_as_often_as_they_like() -> None:
    found = evidence(CODE, right(subject="guard-7", uses=0))
    assert (found.kind, found.once, found.uses_up) == (PassKind.RESIDENT, False, None)


def test_each_way_has_uses_of_its_own() -> None:
    """An entrance and an exit do not know of each other; two entrances write one name, which the centre
    sees.
    """
    found = evidence(CODE, right(uses=2))
    names = {way: [*names_of_uses(found, [way])] for way in (IN, OUT)}
    assert names[IN] == [f"{found.pass_id}.entry.1", f"{found.pass_id}.entry.2"]
    assert not set(names[IN]) & set(names[OUT])
    assert [*names_of_uses(found, [IN, OUT])] == names[IN] + names[OUT]


@pytest.mark.parametrize(
    ("name", "use", "then"),
    [
        ("x.entry.2", PassUse.UNUSED, ("x.entry.2", False, False)),
        (None, PassUse.USED, ("ab" * 8, True, False)),
        (None, PassUse.UNKNOWN, ("ab" * 8, False, True)),
    ],
)
def test_the_next_use_is_what_opening_uses_up(
    name: str | None, use: PassUse, then: tuple[str, bool, bool]
) -> None:
    found = with_next_use(evidence(CODE, right(uses=2)), name, use)
    assert (found.uses_up, found.used, found.use_unknown) == then


@pytest.mark.parametrize(
    ("accepted", "verdict"),
    [
        (frozenset({Binding.FACE}), PassVerdict.HOLDER_UNKNOWN),
        (frozenset({Binding.FACE, Binding.BEARER}), PassVerdict.GENUINE),
    ],
)
def test_a_site_that_takes_no_pass_of_its_bearer_takes_no_number(
    accepted: frozenset[Binding], verdict: PassVerdict
) -> None:
    rules = CertificateRules(holders=HolderRule(accepted=accepted))
    trust = CodeTrust(PassTrust("green-court"), rights=({kept_digest(NUMBER, SALT): right()},))
    wall = WallTime(NOON, ClockTrust.TRUSTED)
    assert evidence_at_gate(typed(NUMBER), trust, wall, Certificates(rules=rules)).verdict is verdict


def test_right_of_nothing_is_nothing() -> None:
    assert right_of(CODE, []) is None
