"""docs/protocol.md says the shares that the code keeps to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sync.agent.core.outbox import MOST_IN_FLIGHT
from sync.central.enrolments.intake import REQUESTS_A_SECOND, REQUESTS_AT_ONCE
from sync.central.enrolments.requests import MOST_WAITING, MOST_WITHDRAWN_A_DAY
from sync.wire import (
    ANSWERS_A_SECOND,
    ANSWERS_AT_ONCE,
    BURST,
    CHUNKS_OF_ONE,
    COUNTS_A_SECOND,
    COUNTS_AT_ONCE,
    COUNTS_EVERY,
    DEVICES_AT_ONCE,
    MOST_A_SECOND,
    MOST_CHUNKS_WANTED,
    MOST_IN_A_POLL,
)

PAGE = Path(__file__).resolve().parents[3] / "docs" / "protocol.md"


def shares() -> dict[str, list[float]]:
    """The numbers of each row of the table "Shares"."""
    table = PAGE.read_text().partition("\n## Shares\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    return {
        row[0]: [float(item.replace(",", "")) for item in re.findall(r"\d[\d,]*", row[1])] for row in rows
    }


@pytest.mark.parametrize(
    ("what", "numbers"),
    [
        ("messages of one device, taken at once", [MOST_IN_A_POLL]),
        ("messages of one device", [MOST_A_SECOND, BURST]),
        ("answers to refused messages, for each device and direction", [ANSWERS_A_SECOND, ANSWERS_AT_ONCE]),
        ("batches of the journal in flight", [MOST_IN_FLIGHT]),
        ("counts of one gate", [1, COUNTS_EVERY]),
        ("counts of one gate, taken", [COUNTS_A_SECOND, COUNTS_AT_ONCE]),
        ("requests of one gate's staff, taken", [REQUESTS_A_SECOND, REQUESTS_AT_ONCE]),
        ("requests of one site that wait for a registrar", [MOST_WAITING]),
        ("withdrawals of one site", [MOST_WITHDRAWN_A_DAY]),
        ("chunks that a device may have asked for", [MOST_CHUNKS_WANTED]),
        ("chunks sent to one device in one turn", [CHUNKS_OF_ONE]),
        ("devices answered, or told of what is new, in one turn", [DEVICES_AT_ONCE]),
    ],
)
def test_a_share_is_the_one_that_the_page_says(what: str, numbers: list[float]) -> None:
    assert shares()[what] == numbers


def test_the_page_says_no_other_share() -> None:
    assert len(shares()) == 12
