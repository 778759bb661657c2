"""The plan of a centre, held against what its package makes."""

from __future__ import annotations

from pathlib import Path

from sync.installing.database import database_of
from sync.installing.places import Places
from sync.installing.plan import Act, Wishes, plan_of
from tests.conftest import REPOSITORY


def test_the_folders_that_the_package_makes_too_have_the_same_owner_and_mode() -> None:
    places = Places()
    plan = plan_of(Wishes(("gate.example",), database_of(None, places.state, None)), places)
    planned = {
        step.where: (step.mode, *step.owner.split(":"))
        for step in plan
        if step.act is Act.FOLDER and step.mode
    }
    lines = (REPOSITORY / "systemd/gatepost-central.tmpfiles").read_text().splitlines()
    made = {
        words[1]: (int(words[2], 8), words[3], words[4])
        for line in lines
        if (words := line.split())[:1] == ["d"]
    }
    both = planned.keys() & made.keys()
    assert Path("/etc/gatepost-central") in map(Path, both)
    assert {path: planned[path] for path in both} == {path: made[path] for path in both}
