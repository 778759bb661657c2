"""What each rule asks, in words: a line for every rule of the decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sync.central.explain.core import seen
from sync.central.explain.core.moment import Moment
from sync.central.explain.core.sayings import N_, Sentence


@dataclass(frozen=True)
class RuleQuestion:
    """A rule in words: the question, the policy's line where none objected, and what was seen."""

    text: str
    key: Callable[[Moment], str]
    seen: Callable[[Moment], Sentence | None]


def _at(key: str) -> Callable[[Moment], str]:
    return lambda _: key


def _gate_key(part: str) -> Callable[[Moment], str]:
    return lambda moment: f"gates.{moment.situation.gate}{part}"


def _passback_key(moment: Moment) -> str:
    return f"anti_passback.{moment.evidence.direction}"


QUESTIONS: dict[str, RuleQuestion] = {
    "gate.registry_missing": RuleQuestion(
        N_("Does the gate hold a registry?"), _at("registry"), seen.registry_seen
    ),
    "gate.policy_missing": RuleQuestion(N_("Do the rules name this gate?"), _gate_key(""), seen.named_seen),
    "gate.locked": RuleQuestion(N_("Is the gate locked?"), seen.mode_key, seen.mode_seen),
    "gate.locked_down": RuleQuestion(N_("Is the lane locked down?"), _at("lockdown"), seen.lockdown_seen),
    "gate.registry_too_old": RuleQuestion(
        N_("Is the registry too old?"), _at("stale.close_after"), seen.registry_limit_seen
    ),
    "clock.schedule": RuleQuestion(
        N_("Can the gate's hours be told by its clock?"), _gate_key(".schedule"), seen.clock_seen
    ),
    "clock.validity": RuleQuestion(
        N_("Can the person's permit be judged by its clock?"), _at("untrusted_clock"), seen.clock_seen
    ),
    "clock.status": RuleQuestion(
        N_("Can the status be judged by its clock?"), _at("untrusted_clock"), seen.clock_seen
    ),
    "code.probe": RuleQuestion(
        N_("Is it no test code of the gate's own?"), _at("pass.probe"), seen.code_seen
    ),
    "code.refused": RuleQuestion(N_("Is the code a genuine pass?"), _at("pass"), seen.code_seen),
    "code.not_for_here": RuleQuestion(
        N_("Is the pass for this gate, and unused?"), _at("pass.gates"), seen.code_here_seen
    ),
    "code.registry_too_old": RuleQuestion(
        N_("Is the registry new enough for this pass?"), _at("stale.degrade_after"), seen.code_registry_seen
    ),
    "face.covered": RuleQuestion(N_("Is the face uncovered?"), _at("face.masked"), seen.covered_seen),
    "face.refused": RuleQuestion(N_("Is the face known?"), _at("face.false_matches"), seen.face_seen),
    "face.against_code": RuleQuestion(
        N_("Is it the face of the pass's holder?"), _at("face.false_confirms"), seen.face_of_pass_seen
    ),
    "face.alive": RuleQuestion(N_("Is it a living face?"), _at("face.liveness.threshold"), seen.living_seen),
    "shown.not_shown": RuleQuestion(
        N_("Was everything shown that is asked for?"), seen.mode_key, seen.shown_seen
    ),
    "shown.second_factor": RuleQuestion(
        N_("Does the face alone tell who it is?"), _at("subject.second_factor"), seen.alike_seen
    ),
    "person.unknown": RuleQuestion(N_("Does the registry know them?"), _at("subjects"), seen.known_seen),
    "person.validity": RuleQuestion(
        N_("Does their permit hold?"), _at("subject.valid_until"), seen.valid_seen
    ),
    "person.isolation": RuleQuestion(N_("May they leave home?"), _at("isolation_exit"), seen.isolated_seen),
    "person.status_rule": RuleQuestion(
        N_("Does their status let them pass?"), seen.status_key, seen.status_seen
    ),
    "access.access": RuleQuestion(N_("May they pass here at this hour?"), seen.access_key, seen.groups_seen),
    "access.anti_passback": RuleQuestion(
        N_("Did they go the other way in between?"), _passback_key, seen.passback_seen
    ),
    "access.entries_held": RuleQuestion(
        N_("Are entries free of a hold by the centre?"), _at("command.hold_entries"), seen.held_seen
    ),
    "access.site_full": RuleQuestion(N_("Is there room inside?"), _at("occupancy.stop"), seen.full_seen),
    "person.temperature": RuleQuestion(
        N_("Is the temperature below the limit?"), _at("temperature.limit"), seen.warm_seen
    ),
    "gate.staffed": RuleQuestion(N_("Do staff decide here?"), seen.mode_key, seen.mode_seen),
}
"""By the name of the rule, as `asked` gives it."""
