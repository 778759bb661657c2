"""What a staff member may be called."""

from __future__ import annotations

import pytest

from edge.staff.core.names import fault_of_id, fault_of_name


@pytest.mark.parametrize("staff", ["a", "li.na", "guard-2", "0_night", "a" * 32])
def test_an_id(staff: str) -> None:
    assert fault_of_id(staff) == ""


@pytest.mark.parametrize("staff", ["", "-a", ".a", "A", "li na", "李", "a" * 33, "a\n", "../a"])
def test_no_id(staff: str) -> None:
    assert "1 to 32 small letters" in fault_of_id(staff)


@pytest.mark.parametrize("name", ["L", "Li Na", "李娜", "O'Neill", "x" * 60])
def test_a_name(name: str) -> None:
    assert fault_of_name(name) == ""


@pytest.mark.parametrize("name", ["", " Li", "\u3000Li", "Li\nNa", "Li\x9bNa", "x" * 61])
def test_no_name(name: str) -> None:
    assert "1 to 60" in fault_of_name(name)
