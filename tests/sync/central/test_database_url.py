"""What a database's URL says to who makes a centre."""

from __future__ import annotations

import pytest

from edge.errors import ConfigurationError
from sync.central.database_url import database_url


def test_a_password_is_no_part_of_which_database_it_is_and_is_never_shown() -> None:
    found = database_url("postgresql+psycopg://me:secret@db:5433/centre", "x")
    assert found.identity == database_url("postgresql://me@db:5433/centre?passfile=/p", "x").identity
    assert (found.host, found.port, found.name, found.user) == ("db", 5433, "centre", "me")
    assert "secret" not in found.shown


@pytest.mark.parametrize(
    "other",
    [
        "postgresql://me@db/other",
        "postgresql://me@db2/centre",
        "postgresql://me@db:1/centre",
        "sqlite:////centre",
    ],
)
def test_another_place_is_another_database(other: str) -> None:
    assert database_url("postgresql://me@db/centre", "x").identity != database_url(other, "x").identity


def test_a_server_on_this_machine_knows_who_comes_by_its_socket() -> None:
    found = database_url("postgresql:///centre?host=/run/pg&port=5433", "x")
    assert found.knows_by_user
    assert (found.host, found.port) == ("/run/pg", 5433)
    assert not database_url("postgresql://me@/centre", "x").knows_by_user
    assert not database_url("sqlite:////srv/x.sqlite", "x").has_password_file


@pytest.mark.parametrize("text", ["centre", "postgresql:///x?port=five", "postgresql://db:five/x"])
def test_what_is_none_is_said(text: str) -> None:
    with pytest.raises(ConfigurationError, match="not a URL"):
        database_url(text, "central.toml")
