"""What a list shows of people without a purpose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.central.people.core.masking import masked_address, masked_name


@pytest.mark.parametrize(("name", "shown"), [("陈宇", "陈••"), ("Chen Yu", "C••"), ("陈", "陈••"), ("", "")])
def test_a_name_is_its_first_sign(name: str, shown: str) -> None:
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("6-1-1203", "6-1-••"),
        ("3/2/301", "3/2/••"),
        ("8-301", "8-••"),
        ("1203", "••"),
        ("", ""),
        ("6-1-", "6-1-"),
    ],
)
def test_a_room_is_hidden_and_its_building_shown(address: str, shown: str) -> None:
    assert masked_address(address) == shown


@given(st.text(min_size=2, max_size=40))
def test_no_more_than_one_sign_of_a_name_is_shown(name: str) -> None:
    assert len(masked_name(name)) == 3
