"""`gatepost simulate fleet` goes nowhere by accident, and says what is missing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from edge.admin.site_admin import SiteFile
from sync.central.devices.devices import enrol_device, put_site
from sync.central.setup import init_central
from sync.central.store import open_store
from tests.command_line import Done, called


def refused(*words: str) -> Done:
    done = called("simulate", "fleet", "--gates", "1", "--seconds", "1", *words)
    assert done.returncode == 2, done.stderr
    return done


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    folder = tmp_path / "centre"
    init_central(folder, None, "broker.example.org", 8884, plain=True)
    return folder


def test_a_host_that_nobody_named_is_not_loaded(centre: Path) -> None:
    done = refused("--centre", str(centre), "--plain")
    assert "broker.example.org" in done.stderr
    assert "--broker HOST:PORT" in done.stderr


def test_a_centre_with_real_gates_is_not_loaded(centre: Path) -> None:
    with closing(open_store(f"sqlite:///{centre}/central.sqlite")) as store, store.writing() as connection:
        put_site(connection, SiteFile("green-court"))
        enrol_device(connection, "gp-0001", ("green-court", "main"), bytes(range(32)), 1)
    done = refused("--centre", str(centre), "--plain", "--broker", "127.0.0.1:9")
    assert "gp-0001" in done.stderr
    assert "--beside-real-gates" in done.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--faults", "flod"), "lost-link"),
        (("--broker", "127.0.0.1"), "--centre"),
        (("--centre", ".", "--console", "8080"), "--console"),
    ],
)
def test_words_that_do_not_go_together_are_named(words: tuple[str, ...], named: str) -> None:
    assert named in refused(*words).stderr


def test_tls_without_an_authority_says_what_it_takes(centre: Path) -> None:
    done = refused("--centre", str(centre), "--broker", "127.0.0.1")
    assert "gatepost central ca init" in done.stderr
