"""What a genuine certificate must say to count, by table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from edge.credentials.certificates import judged
from edge.credentials.certificates.dcc_rules import RuleFinding
from edge.credentials.health import certificate_of
from edge.decision import CertificateRules, HealthRules, VaccinationRule

NOW = datetime(2021, 6, 1, 12, 0, tzinfo=UTC)


def day(ago: int) -> str:
    return (NOW - timedelta(days=ago)).date().isoformat()


def certificate(kind: str, **changes: Any) -> Any:
    common: dict[str, Any] = {"tg": "840539006", "co": "AT", "is": "Ministry", "ci": "URN:UVCI:1"}
    by_kind: dict[str, dict[str, Any]] = {
        "v": {"vp": "1", "mp": "EU/1/20/1528", "ma": "1", "dn": 2, "sd": 2, "dt": day(20)},
        "t": {"tt": "LP6464-4", "sc": "2021-05-31T12:00:00Z", "tr": "260415000"},
        "r": {"fr": day(30), "df": day(19), "du": day(-100)},
    }
    entry = common | by_kind[kind] | changes
    return certificate_of({"ver": "1.3.0", "nam": {"fnt": "A"}, "dob": "1990", kind: [entry]})


@pytest.mark.parametrize(
    ("kind", "changes", "accepted", "rule"),
    [
        ("v", {}, True, "vaccination.until_days"),
        ("v", {"tg": "1"}, False, "disease"),
        ("v", {"mp": "CoronaVac"}, False, "vaccination.products"),
        ("v", {"dn": 1}, False, "vaccination.complete"),
        ("v", {"dt": day(13)}, False, "vaccination.from_days"),
        ("v", {"dt": day(14)}, True, "vaccination.until_days"),
        ("v", {"dt": day(269)}, True, "vaccination.until_days"),
        ("v", {"dt": day(270)}, False, "vaccination.until_days"),
        ("v", {"dt": day(-1)}, False, "vaccination.from_days"),
        ("v", {"dt": day(0), "dn": 3, "sd": 3}, True, "vaccination.until_days"),
        ("v", {"dt": day(999), "dn": 2, "sd": 1}, True, "vaccination.until_days"),
        ("v", {"dt": day(20) + "T00:00:00"}, True, "vaccination.until_days"),
        ("v", {"dt": "2021-04"}, True, "vaccination.until_days"),
        ("v", {"dt": "2021-05"}, False, "vaccination.from_days"),
        ("v", {"dt": "2020"}, False, "vaccination.until_days"),
        ("v", {"dn": 0, "sd": 0}, False, "vaccination.complete"),
        ("t", {}, True, "test.hours"),
        ("t", {"tr": "260373001"}, False, "test.result"),
        ("t", {"tt": "other"}, False, "test.type"),
        ("t", {"sc": "2021-05-29T12:00:01Z"}, True, "test.hours"),
        ("t", {"sc": "2021-05-29T12:00:00Z"}, False, "test.hours"),
        ("t", {"sc": "2021-06-01T12:00:01Z"}, False, "test.hours"),
        ("t", {"tt": "LP217198-3"}, False, "test.hours"),
        ("t", {"sc": "2021-06-01T11:00:00"}, True, "test.hours"),
        ("r", {}, True, "recovery.until_days"),
        ("r", {"fr": day(10)}, False, "recovery.from_days"),
        ("r", {"fr": day(180)}, False, "recovery.until_days"),
        ("r", {"df": day(-1)}, False, "recovery.certificate"),
        ("r", {"du": day(1)}, False, "recovery.certificate"),
    ],
)
def test_the_rules(kind: str, changes: dict[str, Any], accepted: bool, rule: str) -> None:
    assert judged(certificate(kind, **changes), HealthRules(), NOW) == RuleFinding(accepted, rule)


@pytest.mark.parametrize("kind", ["v", "t", "r"])
def test_a_kind_without_a_rule_does_not_count(kind: str) -> None:
    rules = HealthRules(vaccination=None, test=None, recovery=None)
    assert judged(certificate(kind), rules, NOW) == RuleFinding(False, "kind")


def test_all_products_where_none_is_named() -> None:
    rules = HealthRules(vaccination=VaccinationRule(products=frozenset()))
    assert judged(certificate("v", mp="CoronaVac"), rules, NOW).accepted


@pytest.mark.parametrize(
    "written",
    [
        {"health": {"vaccination": {"from_days": -1}}},
        {"health": {"vaccination": {"until_days": 10**6}}},
        {"health": {"vaccination": {"booster_until_days": -1}}},
        {"health": {"test": {"hours": {"LP6464-4": 10**12}}}},
        {"health": {"recovery": {"until_days": 2.5}}},
        {"staleness": {"close_after": 10**15}},
        {"staleness": {"warn_after": -1}},
    ],
)
def test_rules_of_more_than_a_calendar_has_are_refused_with_the_policy(written: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(written, CertificateRules)
