"""Which database is not there yet, before anything is made."""

from __future__ import annotations

from pathlib import Path

from sync.central.connections import is_missing


def test_a_file_that_is_not_there_is_missing_and_nothing_else(tmp_path: Path) -> None:
    there = tmp_path / "there.sqlite"
    there.touch()
    urls = {
        f"sqlite:///{tmp_path}/not.sqlite": True,
        f"sqlite:///{there}": False,
        "sqlite://": False,
        "postgresql:///gatepost": False,
        "no address at all": False,
    }
    assert {url: is_missing(url) for url in urls} == urls
