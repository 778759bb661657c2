"""Root's commands connect as central to a server that knows its clients by their system user."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import make_url

from sync.central.acting import known
from sync.central.server import knows_by_user


@pytest.mark.parametrize(
    ("url", "by_user"),
    [
        ("postgresql+psycopg:///gatepost", True),
        ("postgresql+psycopg:///gatepost?host=/run/postgresql", True),
        ("postgresql+psycopg://me@/gatepost", False),
        ("postgresql+psycopg://db.example/gatepost", False),
        ("postgresql+psycopg:///gatepost?host=db.example", False),
        ("sqlite:////srv/central.sqlite", False),
    ],
)
def test_only_a_socket_of_this_machine_without_a_role_is_entered_as_central(url: str, by_user: bool) -> None:
    assert knows_by_user(make_url(url)) is by_user


def test_a_user_is_known_or_not() -> None:
    assert known("root")
    assert not known("nobody-of-this-name")
