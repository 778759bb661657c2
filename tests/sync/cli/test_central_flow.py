"""`gatepost central flow show`, as a person calls it, where counts would go below nobody."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from sync.central.store import open_store
from tests.command_line import called
from tests.sync.central.flow.examples import entry, exit_
from tests.sync.central.flow.street import Street, passing


def test_where_more_left_than_came_nobody_is_inside_and_it_says_so(tmp_path: Path) -> None:
    assert called("central", "init", tmp_path, "--plain").returncode == 0
    [database] = tmp_path.glob("*.sqlite")
    with closing(open_store(f"sqlite:///{database}")) as store:
        street = Street(store).build()
        street.happen("fish-out", *passing(exit_(), 5))
        street.happen("tea-in", *passing(entry(), 2))
    fish, tea = called("central", "flow", "show", cwd=tmp_path).stdout.splitlines()
    assert fish.split(maxsplit=2)[:2] == ["fish", "0"]
    assert "estimated  5 more left than came" in fish
    assert tea.split(maxsplit=2)[:2] == ["tea", "2"]
    assert "more left" not in tea
    said = called("central", "flow", "show", "--json", cwd=tmp_path).stdout.splitlines()
    assert [(each["inside"], each["deficit"]) for each in map(json.loads, said)] == [(0, 5), (2, 0)]
