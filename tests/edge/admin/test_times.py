"""A day that is named as an end means the end of that day, wherever a person writes one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.cli.main import command
from edge.errors import RegistryError
from edge.lane.configuration import LaneDirection

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ENDS = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
"""Midnight after 25 November in Shanghai."""


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    return init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOW)


def run(admin: SiteAdmin, *words: str) -> None:
    command()([*words, "--folder", str(admin.folder)])


def status_end(admin: SiteAdmin) -> datetime | None:
    status = admin.store.get("a").status
    return None if status is None else status.until


def isolation_end(admin: SiteAdmin) -> datetime | None:
    isolation = admin.store.get("a").isolation
    return None if isolation is None else isolation.until


def exception_end(admin: SiteAdmin) -> datetime | None:
    isolation = admin.store.get("a").isolation
    return None if isolation is None else isolation.exceptions[0].until


CASES: dict[str, tuple[tuple[str, ...], Callable[[SiteAdmin], datetime | None]]] = {
    "a status": (("status", "set", "a", "red", "--since", "2026-11-20", "--until", "2026-11-25"), status_end),
    "an isolation": (
        ("isolation", "set", "a", "--since", "2026-11-20", "--until", "2026-11-25"),
        isolation_end,
    ),
    "an exception": (
        ("isolation", "set", "a", "--exception", "2026-11-20/2026-11-25 hospital"),
        exception_end,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_until_a_day_is_until_its_end(admin: SiteAdmin, case: str) -> None:
    words, end = CASES[case]
    run(admin, "subject", "create", "a")
    run(admin, "subject", *words)
    assert end(admin) == ENDS


def test_a_person_and_a_pass_until_a_day(admin: SiteAdmin, capsys: pytest.CaptureFixture[str]) -> None:
    run(admin, "subject", "create", "a", "--valid-until", "2026-11-25")
    assert admin.store.get("a").valid_until == ENDS
    capsys.readouterr()
    run(admin, "pass", "issue", "a", "--valid-until", "2026-11-25", "--json")
    assert datetime.fromisoformat(json.loads(capsys.readouterr().out)["valid_until"]) == ENDS


@pytest.mark.parametrize(
    "words",
    [
        ("create", "b", "--valid-from", "2026-12-31", "--valid-until", "2026-01-05"),
        ("status", "set", "a", "red", "--since", "2026-12-31", "--until", "2026-01-05"),
        ("isolation", "set", "a", "--since", "2026-12-31", "--until", "2026-01-05"),
        ("isolation", "set", "a", "--exception", "2026-12-31/2026-01-05 hospital"),
    ],
)
def test_what_ends_before_it_begins_is_refused(admin: SiteAdmin, words: tuple[str, ...]) -> None:
    run(admin, "subject", "create", "a")
    with pytest.raises(RegistryError, match=r"ends at 2026-01-0[56].*exchanged"):
        run(admin, "subject", *words)


@pytest.mark.parametrize("subject_id", ["3/2/301", "..", "１２３", "1.10101E+17"])
def test_an_id_that_a_table_may_not_hold_nobody_may_type(admin: SiteAdmin, subject_id: str) -> None:
    with pytest.raises(RegistryError, match=r"cannot be an id|shortened|another id"):
        run(admin, "subject", "create", subject_id)
