"""The EU DCC's schema: what converts is a certificate, what does not names its fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edge.credentials.health.dcc_schema import HealthCertificate, certificate_of
from edge.credentials.trust import Usage
from edge.errors import CredentialError

NAMES = {"fn": "Li", "fnt": "LI", "gn": "Na", "gnt": "NA"}
COMMON = {"tg": "840539006", "co": "CN", "is": "Office", "ci": "URN:UVCI:01:CN:1"}
DOSE = COMMON | {"vp": "1119349007", "mp": "EU/1", "ma": "ORG-1", "dn": 1, "sd": 2, "dt": "2021-02-18"}
TEST = COMMON | {"tt": "LP6464-4", "sc": "2021-02-18T10:00:00Z", "tr": "260415000", "ci": "URN:UVCI:01:CN:2"}
RECOVERY = COMMON | {"fr": "2021-01-01", "df": "2021-01-11", "du": "2021-06-30", "ci": "URN:UVCI:01:CN:3"}
WHOLE: dict[str, Any] = {"ver": "1.3.0", "nam": NAMES, "dob": "1990-02-03", "v": [DOSE]}


def refused(value: Any, words: str) -> None:
    with pytest.raises(CredentialError, match=words):
        certificate_of(value)


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: member for name, member in value.items() if name not in names}


@pytest.mark.parametrize(
    ("kind", "entry", "usage"),
    [("v", DOSE, Usage.VACCINATION), ("t", TEST, Usage.TEST), ("r", RECOVERY, Usage.RECOVERY)],
)
def test_the_three_kinds(kind: str, entry: dict[str, Any], usage: Usage) -> None:
    found = certificate_of(without(WHOLE, "v") | {kind: [entry]})
    assert (found.usage, found.identifiers) == (usage, (entry["ci"],))
    assert len(found.entries) == 1
    assert (found.entries[0].co, found.entries[0].is_, found.dob) == ("CN", "Office", "1990-02-03")


@pytest.mark.parametrize("names", [(), ("v", "t"), ("t", "r"), ("v", "t", "r")])
def test_one_kind_and_only_one(names: tuple[str, ...]) -> None:
    entries = {"v": [DOSE], "t": [TEST], "r": [RECOVERY]}
    refused(without(WHOLE, "v") | {name: entries[name] for name in names}, "and only one")


@pytest.mark.parametrize(
    ("version", "entries", "good"),
    [
        ("1.2.1", 1, True),
        ("1.2.1", 8, True),
        ("1.2.1", 9, False),
        ("1.3.0", 2, False),
        ("1.3.2", 1, True),
        ("1.10.0", 2, False),  # versions are numbers, not text
        ("2.0.0", 2, False),
    ],
)
def test_several_doses_stood_in_one_before_1_3(version: str, entries: int, good: bool) -> None:
    value = WHOLE | {"ver": version, "v": [DOSE] * entries}
    if good:
        assert len(certificate_of(value).entries) == entries
    else:
        refused(value, "at most .* entries in version")


@pytest.mark.parametrize(
    ("names", "good"),
    [
        ({"fnt": "LI"}, True),
        ({"gnt": "NA"}, True),
        ({"fn": "李", "fnt": "LI"}, True),
        ({"fn": "李"}, False),
        ({"gn": "娜", "fnt": "LI"}, False),
        ({"fn": "李", "gnt": "NA"}, False),
        ({"fnt": " "}, False),
        ({}, False),
    ],
)
def test_a_written_name_needs_its_transliteration(names: dict[str, str], good: bool) -> None:
    if good:
        assert certificate_of(WHOLE | {"nam": names}).nam.fn == names.get("fn", "")
    else:
        refused(WHOLE | {"nam": names}, "transliteration")


@pytest.mark.parametrize(
    "changed",
    [
        {"ver": " 1.3.0 "},
        {"dob": " 1990-02-03"},
        {"t": None, "r": []},
        {"v": [DOSE | {"co": " CN ", "is": "Office "}]},
        {"nam": {name: f" {text} " for name, text in NAMES.items()}},
        {"more": "than the schema knows"},
    ],
)
def test_blanks_nulls_and_empty_lists_change_nothing(changed: dict[str, Any]) -> None:
    assert certificate_of(WHOLE | changed) == certificate_of(WHOLE)


@pytest.mark.parametrize("left_open", [None, "", " "])
def test_a_date_of_birth_may_be_left_open(left_open: str | None) -> None:
    assert certificate_of(WHOLE | {"dob": left_open}).dob is None
    assert certificate_of(without(WHOLE, "dob")).dob is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "schema"),
        ([], "schema"),
        ({}, "ver"),
        (without(WHOLE, "nam"), "nam"),
        (WHOLE | {"ver": "1.3"}, "ver"),
        (WHOLE | {"ver": "1.3.0\n2"}, "ver"),
        (WHOLE | {"dob": "yesterday"}, "dob"),
        (WHOLE | {"v": [DOSE | {"co": "cn"}]}, "co"),
        (WHOLE | {"v": [DOSE | {"co": "ABCDEFGHIJK"}]}, "co"),
        (WHOLE | {"v": [DOSE | {"ci": "x" * 81}]}, "ci"),
        (WHOLE | {"v": [DOSE | {"dn": -1}]}, "dn"),
        (WHOLE | {"v": [without(DOSE, "dt")]}, "dt"),
        (WHOLE | {"v": DOSE}, "v"),
    ],
)
def test_what_does_not_convert_is_named(value: Any, words: str) -> None:
    refused(value, words)


@pytest.mark.parametrize(("length", "good"), [(80, True), (81, False)])
def test_texts_have_a_longest_length(length: int, good: bool) -> None:
    value = WHOLE | {"nam": {"fnt": "X" * length}}
    if good:
        assert isinstance(certificate_of(value), HealthCertificate)
    else:
        refused(value, "fnt")


def test_a_testing_centre_may_have_a_long_name() -> None:
    long = TEST | {"tc": "x" * 200}
    assert certificate_of(without(WHOLE, "v") | {"t": [long]}).entries
    refused(without(WHOLE, "v") | {"t": [long | {"tc": "x" * 201}]}, "tc")


@pytest.mark.parametrize("wrapped", [lambda inner: [inner], lambda inner: {"more": inner}])
def test_what_is_nested_without_end_is_not_followed(wrapped: Callable[[Any], Any]) -> None:
    deep: Any = ""
    for _ in range(5_000):
        deep = wrapped(deep)
    assert certificate_of(WHOLE | {"more": deep}) == certificate_of(WHOLE)
