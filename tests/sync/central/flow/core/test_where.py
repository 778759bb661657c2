"""Which text names something of which flow is asked."""

from __future__ import annotations

import pytest

from sync.central.flow.core import gate, is_where, place, site, zone


def test_what_is_made_here_is_known() -> None:
    assert all(is_where(str(each)) for each in (gate("gp-0001"), site("green-court"), zone(3), place(4)))


@pytest.mark.parametrize(
    "text", ["zz_newer:3", "zz_newer", "", "zone:", "zone:x", "place:٣", "zone:" + "1" * 19]
)
def test_what_a_newer_version_names_and_what_has_no_number_is_not(text: str) -> None:
    assert not is_where(text)
