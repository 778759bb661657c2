"""The demo's staff: somebody with a PIN that was just made, and pages for them on this computer."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import httpx

from edge.admin.policy_file import read_policy
from edge.admin.site_admin import SiteFile, init_site, open_site_admin
from edge.configuration import load_configuration
from edge.demo.morning import NEWCOMER, prepare
from edge.demo.pages import STAFF, pages_of, requests_of, with_staff
from edge.lane.configuration import LaneDirection
from edge.staff.core.roles import StaffRole
from edge.staff.hashing import Pins
from edge.staff.store import open_staff_store
from tests.waiting import PATIENT


def test_the_pin_that_is_printed_is_the_one_that_signs_in(tmp_path: Path) -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    admin = init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, now)
    read = load_configuration(admin.folder / "gates" / "main" / "gate.toml")
    configuration, pin = with_staff(read, tmp_path)
    assert configuration.staff.file is not None
    assert configuration.enrolment.outbox == requests_of(tmp_path), "where the line says that requests are"
    with closing(open_staff_store(configuration.staff.file)) as store:
        account = store.account(STAFF)
    assert account is not None
    assert (account.role, account.must_change) == (StaffRole.MANAGER, False)
    assert Pins(lambda count: bytes(count)).is_right(account.pin, pin)  # noqa: PLW0108 - `bytes` is a type
    with pages_of(configuration, 0) as address:
        assert httpx.get(f"{address}/health", trust_env=False, timeout=PATIENT).status_code == 503, (
            "the gate has not begun"
        )
    _, another = with_staff(read, tmp_path / "site")
    assert another != pin


def test_where_staff_play_along_numbers_count_and_somebody_is_there_to_be_enrolled(tmp_path: Path) -> None:
    morning = prepare(tmp_path / "demo", camera=True, staffed=True)
    admin = open_site_admin(morning.folder)
    assert read_policy(morning.folder / "policy.toml").numbers.count
    assert admin.store.get(NEWCOMER).name == "Mr He"
    assert not admin.store.templates(NEWCOMER)
