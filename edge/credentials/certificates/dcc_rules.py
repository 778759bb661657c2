"""Judges an EU certificate by the site's rules: validity by kind, doses, products.

A genuine certificate states what happened; the site's rules, signed with its policy, state what is enough.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from edge.credentials.health import HealthCertificate, PartialDate, Recovery, Test, Vaccination
from edge.decision import HealthRules, RecoveryRule, TestRule, VaccinationRule

_NEGATIVE = "260415000"
"""SNOMED CT: not detected."""


class RuleFinding(NamedTuple):
    """Whether the certificate counts, and by which rule it does or does not."""

    accepted: bool
    rule: str


def judged(certificate: HealthCertificate, rules: HealthRules, now: datetime) -> RuleFinding:
    """Whether one of the certificate's entries suffices at `now` (aware); else the rule that fails."""
    finding = RuleFinding(False, "kind")
    for entry in certificate.entries:
        finding = _entry(entry, rules, now)
        if finding.accepted:
            return finding
    return finding


def _entry(entry: Vaccination | Test | Recovery, rules: HealthRules, now: datetime) -> RuleFinding:
    if entry.tg != rules.disease:
        return RuleFinding(False, "disease")
    if isinstance(entry, Vaccination):
        return _vaccination(entry, rules.vaccination, now.date())
    if isinstance(entry, Test):
        return _test(entry, rules.test, now)
    return _recovery(entry, rules.recovery, now.date())


def _vaccination(dose: Vaccination, rule: VaccinationRule | None, today: date) -> RuleFinding:
    if rule is None:
        return RuleFinding(False, "kind")
    if rule.products and dose.mp not in rule.products:
        return RuleFinding(False, "vaccination.products")
    if rule.complete and dose.dn < max(dose.sd, 1):
        return RuleFinding(False, "vaccination.complete")
    booster = dose.dn > dose.sd or (dose.dn == dose.sd and dose.sd > 2)
    first, last = (0, rule.booster_until_days) if booster else (rule.from_days, rule.until_days)
    return _in_days(dose.dt, first, last, today, "vaccination")


def _test(test: Test, rule: TestRule | None, now: datetime) -> RuleFinding:
    if rule is None:
        return RuleFinding(False, "kind")
    if test.tr != _NEGATIVE:
        return RuleFinding(False, "test.result")
    hours = rule.hours.get(test.tt)
    if hours is None:
        return RuleFinding(False, "test.type")
    return RuleFinding(timedelta(0) <= now - test.sc < timedelta(hours=hours), "test.hours")


def _recovery(recovery: Recovery, rule: RecoveryRule | None, today: date) -> RuleFinding:
    if rule is None:
        return RuleFinding(False, "kind")
    if not recovery.df.last <= today <= recovery.du.first:
        return RuleFinding(False, "recovery.certificate")
    return _in_days(recovery.fr, rule.from_days, rule.until_days, today, "recovery")


def _in_days(since: PartialDate, first: int, last: int | None, today: date, rule: str) -> RuleFinding:
    """Where the day of a date is unknown, every possible day must be within the rule."""
    if (today - since.last).days < first:
        return RuleFinding(False, f"{rule}.from_days")
    return RuleFinding(last is None or (today - since.first).days < last, f"{rule}.until_days")
