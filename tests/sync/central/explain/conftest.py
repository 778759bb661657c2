"""A desk that publishes for a site with an entry and an exit, and its gates."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.decision import Status, StatusRecord, Subject
from sync.central.store import Store
from tests.sync.central.explain.gate import Gate
from tests.sync.central.registry.desk import START, Desk

GREEN = StatusRecord(Status.GREEN, "city", "test negative", "city.test", START)
RED = StatusRecord(Status.RED, "city", "contact of a case", "city.contact.7d", START)
RULES = """
[gates.main]
mode = "face_or_code"

[gates.rear]
mode = "face_or_code"

[[access]]
id = "residents"
groups = ["resident"]

[statuses.green]
entry = "grant"

[statuses.red]
entry = "deny"

[anti_passback]
kind = "hard"

[occupancy]
stop = 100
"""


def resident(name: str, status: StatusRecord | None = GREEN) -> Subject:
    return Subject(name, name.title(), groups=frozenset({"resident"}), status=status)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    made = Desk(tmp_path, store)
    made.write_policy(RULES)
    made.put(resident("ann"))
    made.put(resident("bob", RED))
    made.publish()
    return made


@pytest.fixture
def gate(desk: Desk) -> Gate:
    made = Gate(desk)
    made.installs()
    return made
