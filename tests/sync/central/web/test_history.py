"""The pages of history, and what programs get of it: rules, holds, and what lies where."""

from __future__ import annotations

import sqlalchemy as sa

from sync.central.accounts.core.roles import Act, Role
from sync.central.alarms.core import AlarmKind, Cue
from sync.central.alarms.digesting import digest
from sync.central.alarms.tables import alarm
from sync.central.history.core.retention import Kept, RetentionRule
from sync.central.history.damage import changed_event, of_another_size
from sync.central.history.holds import holds_in
from sync.central.history.rules import rules_of
from sync.central.history.tables import history_file
from sync.central.places.sight import EVERYWHERE
from sync.central.units import DAY
from tests.edge.web.said import english_on
from tests.sync.central.web.api.conftest import token_client
from tests.sync.central.web.conftest import Console

ENGLISH = {"accept-language": "en"}


def rules(console: Console) -> list[RetentionRule]:
    with console.store.reading() as connection:
        return rules_of(connection)


def test_who_sets_limits_says_on_the_page_how_long_something_is_kept(console: Console) -> None:
    town, before = console.town, rules(console)
    boss = console.client(Role.ADMINISTRATOR, town.street)
    form = {"kind": "alarms", "days": "90", "place": str(town.street)}
    assert boss.post("/history/rules", data=form).status_code == 303
    assert [each for each in rules(console) if each not in before] == [
        RetentionRule(Kept.ALARMS, town.street, 90)
    ]
    assert "Set how long something is kept" in boss.get("/history", headers=ENGLISH).text
    refused = boss.post("/history/rules", data=form | {"days": "5"}, headers=ENGLISH)
    assert (refused.status_code, "expected 31 to 36500" in refused.text) == (422, True)
    for wrong in ({"place": ""}, {"place": str(town.elsewhere)}, {"place": "x"}, {"kind": "x"}):
        assert boss.post("/history/rules", data=form | wrong).status_code == 404, wrong
    assert boss.post("/history/rules", data=form | {"days": "0"}).status_code == 303
    assert rules(console) == before
    everywhere = console.client(Role.ADMINISTRATOR)
    assert everywhere.post("/history/rules", data=form | {"place": ""}).status_code == 303
    assert [each for each in rules(console) if each not in before] == [RetentionRule(Kept.ALARMS, None, 90)]
    auditor = console.client(Role.AUDITOR, town.street)
    assert auditor.post("/history/rules", data=form).status_code == 404
    assert "Set how long something is kept" not in auditor.get("/history", headers=ENGLISH).text


def test_an_auditor_holds_a_site_on_the_page_and_lifts_it(console: Console) -> None:
    auditor, site = console.client(Role.AUDITOR, console.town.street), console.town.site.file.id
    form = {"site": site, "case": "2026-99", "why": "a court asks", "days": "90", "since": "2026-03-01"}
    assert auditor.post("/holds", data=form).status_code == 303
    with console.store.reading() as connection:
        [held] = [each for each in holds_in(connection, EVERYWHERE) if each.case == "2026-99"]
    assert (held.scope.site, held.scope.subject, held.scope.since is not None) == (site, None, True)
    assert "2026-99" in auditor.get("/holds", headers=ENGLISH).text
    assert auditor.post(f"/holds/{held.number}/lift", data={"why": "closed"}).status_code == 303
    assert auditor.post(f"/holds/{held.number}/lift", data={"why": "closed"}).status_code == 404


def test_a_program_reads_holds_and_lifts(console: Console) -> None:
    town = console.town
    program = token_client(console, 1, [Act.HOLD_DATA], town.street)
    asked: dict[str, object] = {"site": town.site.file.id, "case": "2026-98", "why": "a court asks"}
    asked |= {"review_at": town.now + 30 * DAY}
    number = program.post("/api/holds", json=asked).json()["number"]
    [held] = [each for each in program.get("/api/holds").json()["items"] if each["number"] == number]
    assert (held["case"], held["lifted_at"]) == ("2026-98", None)
    assert set(program.get("/api/history").json()) == {"sites", "damaged", "deleted"}
    stranger = token_client(console, 2, [Act.HOLD_DATA], town.elsewhere)
    assert number not in [each["number"] for each in stranger.get("/api/holds").json()["items"]]
    assert stranger.post(f"/api/holds/{number}/lift", json={"why": "x"}).status_code == 404
    assert stranger.post("/api/holds", json=asked).status_code == 404
    assert program.post("/api/holds", json=asked | {"review_at": 1}).status_code == 422
    assert program.post(f"/api/holds/{number}/lift", json={"why": "closed"}).json() == {"number": number}


def test_what_is_wrong_with_a_file_is_said_in_chinese(console: Console) -> None:
    file = {
        "kind": "events",
        "site": console.town.site.file.id,
        "day": 0,
        "name": "events/x.parquet",
        "rows": 9,
    }
    noted = {"state": "kept", "begun_at": 0, "digest": b"", "damage": str(of_another_size(3, 4))}
    with console.store.writing() as connection:
        connection.execute(sa.insert(history_file).values(file | noted))
        values = {"file": "events/x.parquet", "what": str(changed_event(7, "gp-0001"))}
        cue = Cue(AlarmKind.HISTORY_DAMAGED, None, None, "x", console.town.now, values=values)
        digest(connection, [cue], console.town.now)
        query = sa.select(alarm.c.number).where(alarm.c.kind == "history_damaged")
        number = connection.execute(query).scalar_one()
    client = console.client(Role.AUDITOR)
    client.headers["accept-language"] = "zh"
    page = client.get("/history").text
    assert "有 3 字节，应为 4" in page
    assert english_on(page) == []
    told = console.client(Role.ADMINISTRATOR)
    told.headers["accept-language"] = "zh"
    page = told.get(f"/alarms/{number}").text
    assert "gp-0001 的事件 7 被改动" in page
    assert english_on(page) == []
