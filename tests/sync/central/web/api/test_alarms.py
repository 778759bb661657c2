"""A program lists alarms, takes and closes them, within what its token may."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.accounts.core.roles import Act
from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.digesting import digest
from sync.central.alarms.tables import alarm_cue
from tests.sync.central.web.api.conftest import Token
from tests.sync.central.web.conftest import Console


def test_a_program_sees_takes_and_closes_an_alarm(token: Token, console: Console) -> None:
    town = console.town
    cues = [
        Cue(kind, town.site.file.id, town.gate.device, key, town.now)
        for kind, key in (
            (AlarmKind.GATE_DARK, "a"),
            (AlarmKind.BARRIER_FORCED, "b"),
            (AlarmKind.DURESS, "c"),
        )
    ]
    with console.store.writing() as connection:
        connection.execute(sa.delete(alarm_cue))
        digest(connection, cues, town.now + 300_000_000)
    reads, cares = token([Act.SEE]), token([Act.SEE, Act.CARE])
    seen = reads.get("/api/alarms").json()["items"]
    assert [each["kind"] for each in seen] == ["barrier_forced", "gate_dark"], "nothing of the silent one"
    assert len(cares.get("/api/alarms").json()["items"]) == 3
    first = cares.get("/api/alarms?count=1").json()
    rest = cares.get(f"/api/alarms?count=5&before={first['next']}").json()
    assert len(first["items"]) + len(rest["items"]) == 3
    number = seen[0]["number"]
    assert reads.post(f"/api/alarms/{number}/take").status_code == 403
    assert cares.post(f"/api/alarms/{number}/take").json()["taken_by"]
    closed = cares.post(f"/api/alarms/{number}/close", json={"why": "latch mended"})
    assert closed.json()["is_open"] is False
    steps = cares.get(f"/api/alarms/{number}/steps").json()["items"]
    assert [each["what"] for each in steps] == ["raised", "taken", "closed"]
    assert [each["number"] for each in reads.get("/api/alarms?closed=true").json()["items"]] == [number]
    again = cares.post(f"/api/alarms/{number}/close", json={"why": "me too"})
    assert (again.status_code, "closed already" in again.text) == (422, True)
    assert cares.get("/api/alarms/999999/steps").status_code == 404


def test_a_program_hears_of_no_site_that_it_may_not_see(token: Token, console: Console) -> None:
    """One person counted in two places: where it may not look, the other place is not named."""
    town, kind = console.town, AlarmKind.COUNTED_TWICE
    values: dict[str, str | int] = {"other": town.other.file.id, "since": town.now}
    told = Cue(kind, town.site.file.id, town.gate.device, "a", town.now, values=values)
    with console.store.writing() as connection:
        connection.execute(sa.delete(alarm_cue))
        digest(connection, [told], town.now + 300_000_000)
    theirs, everywhere = token(place=town.street), token()
    (seen,) = theirs.get("/api/alarms").json()["items"]
    assert seen["values"] == {"since": town.now}
    (whole,) = everywhere.get("/api/alarms").json()["items"]
    assert whole["values"] == values
    number = seen["number"]
    assert theirs.post(f"/api/alarms/{number}/take").json()["values"] == {"since": town.now}
    closed = theirs.post(f"/api/alarms/{number}/close", json={"why": "asked them"})
    assert closed.json()["values"] == {"since": town.now}
    assert everywhere.get("/api/alarms?closed=true").json()["items"][0]["values"] == values
