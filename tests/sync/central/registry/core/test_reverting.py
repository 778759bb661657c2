"""What the next version would silently revert, by table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from edge.decision import Policy, Status, StatusRecord, Subject
from edge.registry.format import Content, Records, UrgentRevocations, records_of
from sync.central.registry.core.reverting import MOST_AHEAD, Given, code_of, reverted
from tests.edge.registry.repository import sealed, unit_vector

NOW = datetime(2026, 3, 3, tzinfo=UTC)
RED = StatusRecord(Status.RED, "lab", "positive", "pcr", NOW)
GREEN = replace(RED, value=Status.GREEN)
LI, WU = Subject("li-na", status=RED), Subject("wu")


def records(*people: Subject, faces: tuple[int, ...] = ()) -> Records:
    templates = tuple(sealed(people[0], unit_vector(seed)) for seed in faces)
    return records_of(Content(Policy(), people, templates), b"")


def revoked(*names: str, base: int) -> UrgentRevocations:
    return UrgentRevocations("green-court", 3, base, NOW, subjects=names)


OUT = Given(6, records(LI, WU))


@pytest.mark.parametrize(
    ("given", "wanted", "published", "said"),
    [
        pytest.param(OUT, records(replace(LI, status=GREEN), WU), 6, [], id="set since, by somebody"),
        pytest.param(OUT, records(LI), 6, [], id="erased since, by somebody"),
        pytest.param(OUT, records(LI, WU), 4, [], id="restored, and nothing is lost"),
        pytest.param(
            OUT, records(replace(LI, status=GREEN), WU), 4, ["li-na: status red"], id="restored, a status"
        ),
        pytest.param(OUT, records(LI), 0, ["wu: would be unknown"], id="a new database, an addition"),
        pytest.param(
            Given(6, records(LI)), records(LI, WU), 4, ["wu: would be known again"], id="an erasure"
        ),
        pytest.param(
            Given(6, records(LI, faces=(1,))),
            records(LI, faces=(2,)),
            4,
            ["li-na: other templates"],
            id="a face",
        ),
        pytest.param(
            Given(6, records(LI, WU), revoked("wu", base=6)),
            records(LI, WU),
            6,
            ["wu: was revoked"],
            id="revoked, and in the database again",
        ),
        pytest.param(
            Given(7, records(LI), revoked("wu", base=6)), records(LI, WU), 7, ["wu: was"], id="later too"
        ),
        pytest.param(Given(7, records(LI, WU), revoked("wu", base=6)), records(LI, WU), 7, [], id="accepted"),
        pytest.param(
            Given(4, records(LI), held={"gp-1": 6, "gp-2": 4, "gp-3": 0}),
            records(LI),
            4,
            ["gate gp-1 holds version 6"],
            id="all was restored but the gates",
        ),
        pytest.param(
            Given(4, records(LI)), records(LI), 6, ["version 6 was published"], id="the files were lost"
        ),
        pytest.param(
            Given(4, records(LI), held={"gp-1": 5 + MOST_AHEAD}), records(LI), 4, [], id="a gate that lies"
        ),
    ],
)
def test_what_would_be_taken_back_is_said_and_nothing_else(
    given: Given, wanted: Records, published: int, said: list[str]
) -> None:
    lines = reverted(given, wanted, published, {})
    assert [line[: len(start)] for line, start in zip(lines, said, strict=True)] == said


def test_a_status_that_is_not_the_one_that_was_set_last_is_said_whatever_was_published() -> None:
    """However it came about: by an earlier version's import, by hand in the database."""
    history = {"li-na": RED, "wu": GREEN}
    wanted = records(replace(LI, status=GREEN), replace(WU, status=GREEN))
    [line] = reverted(Given(), wanted, 0, history)
    assert line.startswith("li-na: status green")
    assert "set last was red" in line


def test_the_next_version_is_above_everything_that_gates_hold_but_a_lie_moves_nothing() -> None:
    assert Given(4, held={"a": 9, "b": 2}).newest == 9
    assert Given(4, held={"a": 2**60}).newest == 4


def test_a_code_stands_for_exactly_these_lines() -> None:
    assert code_of(["a", "b"]) == code_of(("a", "b")) != code_of(["a"])
