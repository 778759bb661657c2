"""What each rule of the decision looked at, in words; None where it does not apply."""

from __future__ import annotations

from datetime import datetime, timedelta

from edge.decision import (
    ClockTrust,
    Direction,
    Mode,
    Outcome,
    PassbackKind,
    PassKind,
    PassVerdict,
    identified_by,
    in_doubt,
    local_time,
    mode_at,
)
from sync.central.explain.core.moment import Moment
from sync.central.explain.core.sayings import N_, Sentence

MODES = {
    Mode.FACE: N_("face"),
    Mode.CODE: N_("pass"),
    Mode.FACE_OR_CODE: N_("face or pass"),
    Mode.FACE_AND_CODE: N_("face and pass"),
    Mode.STAFFED: N_("staff decide"),
    Mode.FREE: N_("open to all"),
    Mode.LOCKED: N_("locked"),
}
_TRUSTS = {
    ClockTrust.TRUSTED: N_("trusted"),
    ClockTrust.HOLDOVER: N_("running on by itself"),
    ClockTrust.UNTRUSTED: N_("not believed"),
}


def shown_time(at: datetime | None, moment: Moment) -> str:
    """A time of the site's own clock, to the minute; "–" where there is none."""
    local = None if at is None else local_time(at, moment.policy.time_zone)
    return "–" if local is None else f"{local:%Y-%m-%d %H:%M}"


def shown_age(age: timedelta) -> Sentence:
    """A length of time in the largest whole unit that fits."""
    seconds = int(age.total_seconds())
    for size, text in ((86_400, N_("%(count)s d")), (3_600, N_("%(count)s h")), (60, N_("%(count)s min"))):
        if abs(seconds) >= size:
            return Sentence(text, {"count": seconds // size})
    return Sentence(N_("%(count)s s"), {"count": seconds})


# --- the gate --------------------------------------------------------------------------------------


def mode(moment: Moment) -> tuple[Mode, str]:
    situation = moment.situation
    gate = moment.policy.gates.get(situation.gate)
    if gate is None:
        return Mode.LOCKED, f"gates.{situation.gate}.mode"
    return mode_at(moment.policy, gate, moment.evidence.direction, situation, situation.gate)


def mode_seen(moment: Moment) -> Sentence | None:
    return Sentence(MODES[mode(moment)[0]])


def lockdown_seen(moment: Moment) -> Sentence | None:
    return Sentence(N_("locked down")) if moment.situation.locked_down else None


def mode_key(moment: Moment) -> str:
    return mode(moment)[1]


def registry_seen(moment: Moment) -> Sentence:
    age = moment.situation.registry_age
    if age is None:
        return Sentence(N_("it holds none"))
    return Sentence(N_("issued %(age)s before"), {"age": shown_age(age)})


def registry_limit_seen(moment: Moment) -> Sentence | None:
    return None if moment.policy.age_limit() is None else registry_seen(moment)


def named_seen(moment: Moment) -> Sentence:
    return Sentence(N_("yes") if moment.situation.gate in moment.policy.gates else N_("no"))


def clock_seen(moment: Moment) -> Sentence | None:
    trust = moment.situation.wall.trust
    return Sentence(_TRUSTS[trust]) if trust is ClockTrust.UNTRUSTED else None


# --- the code --------------------------------------------------------------------------------------

VERDICTS = {
    PassVerdict.GENUINE: N_("genuine"),
    PassVerdict.FORGED: N_("forged"),
    PassVerdict.EXPIRED: N_("expired"),
    PassVerdict.NOT_YET_VALID: N_("not yet valid"),
    PassVerdict.REVOKED: N_("revoked"),
    PassVerdict.UNTRUSTED_ISSUER: N_("of an issuer who is not trusted"),
    PassVerdict.UNREADABLE: N_("cannot be read"),
    PassVerdict.NOT_A_PASS: N_("no pass"),
    PassVerdict.TOO_LONG: N_("too long"),
    PassVerdict.OTHER_SITE: N_("of another site"),
    PassVerdict.CLOCK_UNSURE: N_("cannot be judged without a clock"),
    PassVerdict.NOT_FRESH: N_("a picture of it, or too old"),
    PassVerdict.INSUFFICIENT: N_("a certificate that is not enough here"),
    PassVerdict.HOLDER_UNKNOWN: N_("a certificate, of nobody who is known here"),
    PassVerdict.SEVERAL: N_("several at once"),
    PassVerdict.INCOMPLETE: N_("a part of a certificate"),
    PassVerdict.UNKNOWN_CODE: N_("a number that is not known"),
    PassVerdict.KEYPAD_RESTS: N_("a number that was not looked at"),
}


def code_seen(moment: Moment) -> Sentence | None:
    code = moment.evidence.code
    return None if code is None else Sentence(VERDICTS[code.verdict])


def code_here_seen(moment: Moment) -> Sentence | None:
    code = moment.evidence.code
    if code is None or code.verdict is not PassVerdict.GENUINE:
        return None
    if code.once:
        return Sentence(N_("for one use, used before") if code.used else N_("for one use"))
    return Sentence(N_("for every gate")) if not code.gates else Sentence(", ".join(sorted(code.gates)))


def code_registry_seen(moment: Moment) -> Sentence | None:
    code = moment.evidence.code
    is_short = code is not None and (code.once or code.kind is PassKind.VISITOR)
    return registry_seen(moment) if is_short else None


# --- the face --------------------------------------------------------------------------------------


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def covered_seen(moment: Moment) -> Sentence | None:
    face = moment.evidence.face
    if face is None:
        return None
    return Sentence(N_("covered")) if face.covered is not None else Sentence(N_("uncovered"))


def face_seen(moment: Moment) -> Sentence | None:
    face = moment.evidence.face
    if face is None or moment.evidence.code is not None:
        return None
    values: dict[str, object] = {"score": _score(face.score), "needed": _score(face.threshold)}
    return Sentence(N_("%(score)s, needed %(needed)s"), values)


def face_of_pass_seen(moment: Moment) -> Sentence | None:
    face, code = moment.evidence.face, moment.evidence.code
    if face is None or code is None or code.verdict is not PassVerdict.GENUINE:
        return None
    values: dict[str, object] = {"score": _score(face.pass_score), "needed": _score(face.pass_threshold)}
    return Sentence(N_("%(score)s, needed %(needed)s"), values)


def living_seen(moment: Moment) -> Sentence | None:
    face = moment.evidence.face
    if face is None:
        return None
    if face.liveness is None:
        return Sentence(N_("not measured"))
    values: dict[str, object] = {
        "score": _score(face.liveness),
        "needed": _score(moment.policy.face.liveness.threshold),
    }
    return Sentence(N_("%(score)s, needed %(needed)s"), values)


def shown_seen(moment: Moment) -> Sentence:
    face, code = moment.evidence.face is not None, moment.evidence.code is not None
    shown = {
        (True, True): N_("face and pass"),
        (True, False): N_("face"),
        (False, True): N_("pass"),
        (False, False): N_("nothing"),
    }[face, code]
    return Sentence(
        N_("asked for: %(mode)s; shown: %(shown)s"),
        {"mode": Sentence(MODES[mode(moment)[0]]), "shown": Sentence(shown)},
    )


def alike_seen(moment: Moment) -> Sentence | None:
    if moment.subject is None:
        return None
    face, limit = moment.evidence.face, moment.situation.face_doubted
    text = N_("no look-alike")
    if moment.subject.second_factor:
        text = N_("looks like somebody else here")
    elif face is not None and in_doubt(face.score, limit):
        text = N_("a face like this was mistaken here")
    return Sentence(text, of_person=True)


# --- the person ------------------------------------------------------------------------------------


def known_seen(moment: Moment) -> Sentence | None:
    named = identified_by(moment.evidence)
    if named is None:
        return None
    text = N_("%(subject)s, known") if moment.subject is not None else N_("%(subject)s, not known")
    return Sentence(text, {"subject": named}, of_person=True)


def valid_seen(moment: Moment) -> Sentence | None:
    subject = moment.subject
    if subject is None or (subject.valid_from is None and subject.valid_until is None):
        return None
    values: dict[str, object] = {
        "since": shown_time(subject.valid_from, moment),
        "until": shown_time(subject.valid_until, moment),
    }
    return Sentence(N_("from %(since)s until %(until)s"), values, of_person=True)


def isolated_seen(moment: Moment) -> Sentence | None:
    order = None if moment.subject is None else moment.subject.isolation
    if moment.evidence.direction is not Direction.EXIT or order is None:
        return None
    values: dict[str, object] = {
        "since": shown_time(order.since, moment),
        "until": shown_time(order.until, moment),
    }
    return Sentence(N_("from %(since)s until %(until)s"), values, of_person=True)


STATUSES = {
    "green": N_("Green"),
    "yellow": N_("Yellow"),
    "red": N_("Red"),
    "expired": N_("Expired"),
    "absent": N_("None"),
    "failed": N_("Check failed (not red)"),
    "timeout": N_("Timed out: not red"),
}


def status_seen(moment: Moment) -> Sentence | None:
    record = None if moment.subject is None else moment.subject.status
    if moment.subject is None:
        return None
    value = moment.decide().status or "absent"
    if record is None:
        return Sentence(STATUSES[value], of_person=True)
    values: dict[str, object] = {
        "status": Sentence(STATUSES[value]),
        "since": shown_time(record.since, moment),
    }
    return Sentence(N_("%(status)s, recorded from %(since)s"), values, of_person=True)


def status_key(moment: Moment) -> str:
    status = moment.decide().status
    return "statuses" if status is None else f"statuses.{status}.{moment.evidence.direction}"


def groups_seen(moment: Moment) -> Sentence | None:
    if moment.subject is None:
        return None
    groups = ", ".join(sorted(moment.subject.groups)) or "–"
    return Sentence(
        N_("%(groups)s, %(time)s"),
        {"groups": groups, "time": shown_time(moment.situation.wall.at, moment)},
        of_person=True,
    )


def access_key(moment: Moment) -> str:
    groups = frozenset[str]() if moment.subject is None else moment.subject.groups
    gate, direction = moment.situation.gate, moment.evidence.direction
    for rule in moment.policy.access:
        covers = not rule.groups or rule.groups & groups
        if covers and (not rule.gates or gate in rule.gates) and rule.direction in {None, direction}:
            return f"access.{rule.id}"
    return "access"


_WAYS = {Direction.ENTRY: N_("in"), Direction.EXIT: N_("out")}


def passback_seen(moment: Moment) -> Sentence | None:
    last = moment.situation.last_access
    if moment.policy.anti_passback.kind in {PassbackKind.OFF, PassbackKind.SOFT} or last is None:
        return None
    values: dict[str, object] = {
        "way": Sentence(_WAYS[last.direction]),
        "time": shown_time(last.at, moment),
        "gate": last.gate,
    }
    return Sentence(N_("last %(way)s at %(time)s, %(gate)s"), values, of_person=True)


def held_seen(moment: Moment) -> Sentence | None:
    until = moment.situation.held_until
    if moment.evidence.direction is Direction.EXIT or until is None:
        return None
    return Sentence(N_("held until %(time)s"), {"time": shown_time(until, moment)})


def full_seen(moment: Moment) -> Sentence | None:
    if moment.evidence.direction is Direction.EXIT or moment.policy.occupancy.stop is None:
        return None
    inside = moment.situation.occupancy
    return Sentence(f"{'–' if inside is None else inside} / {moment.policy.occupancy.stop}")


def warm_seen(moment: Moment) -> Sentence | None:
    reading = moment.evidence.temperature
    if reading is None or moment.policy.temperature.above is Outcome.GRANT:
        return None
    confirmed = "–" if reading.confirmed is None else f"{reading.confirmed:.1f}"
    values: dict[str, object] = {"celsius": confirmed, "limit": f"{moment.policy.temperature.limit:.1f}"}
    return Sentence(N_("%(celsius)s °C twice, limit %(limit)s"), values)
