"""Every certificate that the EU's members published for testing, against the result they expect."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edge.credentials.classifier import parse_any
from edge.credentials.code import CodeReading, CodeReason, CodeTrust
from edge.credentials.trust import PassTrust
from edge.credentials.trust.issuers import issuer_keys
from edge.credentials.trust_lists import signer_of
from edge.decision import ClockTrust, PassVerdict, WallTime

pytestmark = pytest.mark.shared_data

DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "specimens.md"

UPSTREAM_FAULTS = {
    name: CodeReason(reason)
    for name, reason in re.findall(
        r"^\| `([^`]+\.json)` \| `(\w+)` \|", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )
}
"""Files that expect to be accepted, and the reason for which we refuse them: the table that readers see."""

EXPECTED = {
    "EXPECTEDUNPREFIX": (PassVerdict.NOT_A_PASS, {CodeReason.UNKNOWN_KIND}),
    "EXPECTEDB45DECODE": (PassVerdict.UNREADABLE, {CodeReason.BASE45}),
    "EXPECTEDCOMPRESSION": (PassVerdict.UNREADABLE, {CodeReason.COMPRESSION}),
    "EXPECTEDDECODE": (PassVerdict.UNREADABLE, {CodeReason.CBOR, CodeReason.CLAIMS}),
    "EXPECTEDEXPIRATIONCHECK": (None, {CodeReason.BEFORE_ITS_TIME, CodeReason.AFTER_ITS_TIME}),
    "EXPECTEDKEYUSAGE": (PassVerdict.UNTRUSTED_ISSUER, {CodeReason.KEY_USAGE}),
    "EXPECTEDSCHEMAVALIDATION": (PassVerdict.UNREADABLE, {CodeReason.SCHEMA}),
    "EXPECTEDVERIFY": (None, {CodeReason.SIGNATURE, CodeReason.UNKNOWN_KEY, CodeReason.COSE}),
}
"""What a file that expects a step to fail must be refused for."""


@dataclass(frozen=True)
class Case:
    name: str
    text: str
    failing: tuple[str, ...]
    reading: CodeReading


def cases(folder: Path) -> list[Case]:
    found = []
    for path in sorted((folder / "dcc").rglob("*.json")):
        content = json.loads(path.read_text("utf-8-sig"))
        name = path.relative_to(folder / "dcc").as_posix()
        failing = tuple(key for key, value in content["EXPECTEDRESULTS"].items() if value is False)
        found.append(Case(name, content["PREFIX"], failing, reading(content)))
    return found


def reading(content: dict[str, Any]) -> CodeReading:
    context = content["TESTCTX"]
    certificate = context["CERTIFICATE"]
    signers = [signer_of(base64.b64decode(certificate))] if certificate else []
    at = datetime.fromisoformat(context["VALIDATIONCLOCK"])
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    trust = CodeTrust(PassTrust("riverside"), issuer_keys(signers, []))
    return parse_any(content["PREFIX"], trust, WallTime(at, ClockTrust.TRUSTED))


@pytest.fixture(scope="module")
def all_cases(shared_data: Path) -> list[Case]:
    found = cases(shared_data)
    assert len(found) > 490
    return found


def test_every_file_that_expects_to_pass_is_genuine(all_cases: list[Case]) -> None:
    wrong = {
        case.name: (case.reading.verdict, case.reading.reason)
        for case in all_cases
        if set(case.failing) <= {"EXPECTEDPICTUREDECODE"}
        and case.reading.verdict is not PassVerdict.GENUINE
        and case.name not in UPSTREAM_FAULTS
    }
    assert wrong == {}


def test_every_file_that_expects_to_fail_is_refused_for_its_fault(all_cases: list[Case]) -> None:
    wrong = {}
    for case in all_cases:
        rules = [EXPECTED[key] for key in case.failing if key in EXPECTED]
        if not rules:
            continue
        matched = any(
            case.reading.reason in reasons and verdict in {None, case.reading.verdict}
            for verdict, reasons in rules
        )
        if not matched:
            wrong[case.name] = (case.failing, case.reading.verdict, case.reading.reason)
    assert wrong == {}


def test_the_upstream_faults_are_still_what_we_say_they_are(all_cases: list[Case]) -> None:
    by_name = {case.name: case.reading for case in all_cases}
    assert UPSTREAM_FAULTS
    assert {name: by_name[name].reason for name in UPSTREAM_FAULTS} == UPSTREAM_FAULTS


def test_the_figures_in_the_document_are_those_of_today(all_cases: list[Case]) -> None:
    text = DOCUMENT.read_text("utf-8")
    assert f"published {len(all_cases)} test files" in text
    assert f"judges {len(all_cases) - len(UPSTREAM_FAULTS)} of them as expected" in text
