"""Papers from the field that were misread once, with the keys that make them readable."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.credentials.classifier import parse_any
from edge.credentials.code import CodeReason
from edge.credentials.trust_files import TrustBuilder
from edge.decision import ClockTrust, PassVerdict, WallTime

pytestmark = pytest.mark.shared_data

G, U = PassVerdict.GENUINE, PassVerdict.UNREADABLE


@pytest.mark.parametrize(
    ("file", "key", "at", "expected"),
    [
        ("dcc-crashes-the-gate-LV-dt-2022-17-01", "LV", "2022-01-20", (U, CodeReason.SCHEMA)),
        ("dcc-IE_1.3.0_VAC_IE", "qa-resigned", "2022-01-20", (G, CodeReason.NONE)),
        ("dcc-LV_1.3.0_VAC_Spikevax_12_of_12", "qa-resigned", "2022-01-20", (G, CodeReason.NONE)),
        ("dcc-TSI_1.3.0_specialcases_MULTI_1", "qa-resigned", "2022-01-20", (U, CodeReason.SCHEMA)),
        ("dcc-dob-1899", "dcc-AT", "2021-12-20", (G, CodeReason.NONE)),
        ("dcc-fnt-trailing-space", "dcc-AT", "2021-12-20", (G, CodeReason.NONE)),
        ("dcc-sc-no-seconds", "dcc-AT", "2021-12-20", (G, CodeReason.NONE)),
    ],
)
def test_a_paper_from_the_field(
    shared_data: Path, file: str, key: str, at: str, expected: tuple[PassVerdict, CodeReason]
) -> None:
    folder = shared_data / "field"
    builder = TrustBuilder()
    builder.add((folder / f"trust-for-{key}.der").read_bytes())
    wall = WallTime(datetime.fromisoformat(at).replace(tzinfo=UTC), ClockTrust.TRUSTED)
    reading = parse_any((folder / f"{file}.txt").read_text().strip(), builder.trust(), wall)
    assert (reading.verdict, reading.reason) == expected
