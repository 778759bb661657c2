"""One site, whose gate the staff of these tests mind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.staff.core.roles import StaffRole
from tests.edge.staff.staffed import Staffed, at_work
from tests.simulation.plan import Town
from tests.simulation.site import Site, found_site


@pytest.fixture(scope="session")
def site() -> Site:
    return found_site(7, Town())


@pytest.fixture
def here(tmp_path: Path, site: Site) -> Iterator[Staffed]:
    """A gate at work, with a guard, another one, a manager and an installer."""
    gate = Staffed(tmp_path / "gate", site)
    for staff, role in (
        ("wang", StaffRole.GUARD),
        ("zhao", StaffRole.GUARD),
        ("ma", StaffRole.MANAGER),
        ("fitter", StaffRole.INSTALLER),
    ):
        gate.add(staff, role)
    with at_work(gate):
        yield gate
