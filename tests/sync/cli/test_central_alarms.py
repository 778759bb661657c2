"""`gatepost central alarm`, as a person calls it."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.digesting import digest
from sync.central.configuration import load_configuration
from sync.central.store import open_store
from tests.command_line import called
from tests.sync.cli.test_central_export import centre
from tests.sync.wire.examples import AT

__all__ = ["centre"]


def test_alarms_are_listed_shown_and_closed_with_what_was_done(centre: Path) -> None:
    assert called("central", "alarm", "list", cwd=centre).returncode == 0, "none is open"
    url = load_configuration(centre / "central.toml").store.url
    with closing(open_store(url)) as store, store.writing() as connection:
        digest(connection, [Cue(AlarmKind.BARRIER_FORCED, "green-court", None, "x", AT, times=7)], AT)
    listed = called("central", "alarm", "list", "--json", cwd=centre)
    said = json.loads(listed.stdout)
    assert (listed.returncode, said["alarm"], said["kind"], said["times"]) == (1, 1, "barrier_forced", 7)
    unsaid = called("central", "alarm", "close", "1", "--reason", " ", cwd=centre)
    assert "the reason has 0 characters" in unsaid.stderr
    done = called("central", "alarm", "close", "1", "--reason", "latch mended", "--actor", "Wang", cwd=centre)
    assert done.returncode == 0, done.stderr
    shown = called("central", "alarm", "show", "1", cwd=centre).stdout
    assert "closed Wang latch mended" in shown
    assert called("central", "alarm", "list", cwd=centre).returncode == 0
    assert "Wang" in called("central", "alarm", "list", "--closed", cwd=centre).stdout
    missing = called("central", "alarm", "show", "9", cwd=centre)
    assert "alarm list" in missing.stderr


def test_the_rules_that_gatepost_comes_with_are_told(centre: Path) -> None:
    told = called("central", "alarm", "rule", "list", "--json", cwd=centre)
    rules = [json.loads(line) for line in told.stdout.splitlines()]
    assert {rule["kind"] for rule in rules} == {*AlarmKind}, told.stderr
