"""Flow on pages: sites against limits, one site's course, entries held by hand, zones and limits made."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from edge.decision import Crowding
from sync.central.accounts.core.roles import Role
from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import AlarmKind
from sync.central.alarms.digesting import digest
from sync.central.alarms.raising import end_cue, raise_cue
from sync.central.audit.audit import entries
from sync.central.commands.requests import commands_of
from sync.central.devices.devices import retire_device
from sync.central.dispatch.core.roster import DutyShift, Roster
from sync.central.dispatch.rosters import Worker, put_worker
from sync.central.entry_holds.gates import entry_gates
from sync.central.entry_holds.holds import begin, open_holds
from sync.central.flow.core.levels import Limit
from sync.central.flow.core.where import Sign, site
from sync.central.flow.core.where import place as of_place
from sync.central.flow.limits import limits_in, put_limit
from sync.central.flow.tables import flow_correction, flow_count, flow_level, zone_gate
from sync.central.flow.zones import zones_in
from sync.central.places.editing import change_place
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tree import path_of, place_at
from sync.central.tables import chain
from sync.central.tables import device as table_of_devices
from sync.central.task_senders import TaskSenders
from sync.central.units import MINUTE
from tests.edge.web.judging import judged
from tests.edge.web.said import english_on
from tests.examples import LONG
from tests.sync.central.web.conftest import Console
from tests.sync.central.web.test_watch import english, text_of

NEW = {
    "warn": "4",
    "stop": "6",
    "relief": "2",
    "day": ["1", "2", "3", "4", "5"],
    "begins": "08:00",
    "ends": "20:00",
}


def acts(console: Console) -> list[str]:
    with console.store.reading() as connection:
        return [entry.act for entry in entries(connection, EVERYWHERE)]


def path_of_street(console: Console) -> str:
    with console.store.reading() as connection:
        return path_of(connection, console.town.street)[-1].name


def limited(console: Console, **changes: str | list[str]) -> int:
    """Set a limit of the town's third site; returns the status."""
    what = str(site(console.town.sites[2].file.id))
    status: int = english(console).post("/zones/limits/set", data={"what": what} | NEW | changes).status_code
    return status


def test_flow_shows_every_site_and_the_figures_in_words(read_console: Console) -> None:
    answer = english(read_console).get("/flow")
    page = text_of(answer.text)
    for of in (*read_console.town.sites, read_console.town.other):
        assert of.file.name in page
    assert "4 sites, in the order of the street" in page
    fullest = read_console.town.sites[2].file.name
    assert f"{fullest}: 8 inside" in page, "the fullest is chosen where nobody chose"
    assert re.search(r"08:00 \d+ –", page), "hour by hour, and nothing where nobody knows"
    assert "estimated" in page
    chosen = english(read_console).get(f"/flow/{read_console.town.sites[0].file.id}").text
    assert f"{read_console.town.sites[0].file.name}: 0 inside" in text_of(chosen)
    chinese = read_console.client().get("/flow", headers={"accept-language": "zh"}).text
    assert "场内人数与限额" in chinese


def test_a_street_is_shown_with_its_sites_in_order_and_itself_against_its_limit(console: Console) -> None:
    town, client = console.town, english(console)
    with console.store.writing() as connection:
        for position, each in enumerate(reversed(town.sites), 1):
            above = path_of(connection, place_at(connection, each.file.id))
            change_place(connection, above[-2].number, above[-2].name, None, position)
            change_place(connection, above[-1].number, above[-1].name, None, position)
        put_limit(connection, of_place(town.street), Limit(5, 9, 1), "何静", town.now)
    page = client.get(f"/flow/places/{town.street}").text
    shown = text_of(page)
    name = path_of_street(console)
    assert f"Flow, {name}" in shown
    listed = re.findall(r"of=site%3A([a-z-]+)", page)
    assert listed == [each.file.id for each in reversed(town.sites)], "in the order of the street"
    assert town.other.file.name not in shown
    assert re.search(r"All of it \d+ / 9", shown)
    assert f"{name}: " in shown, "fuller than each of its sites, so it is chosen"
    assert "■ stop 9 : entries wait, exits stay free" in shown
    assert "▲ warn 5 · ends at 4" in shown
    chosen = text_of(client.get(f"/flow/places/{town.street}?of=site:{town.sites[2].file.id}").text)
    assert f"{town.sites[2].file.name}: 8 inside" in chosen
    outside = f"/flow/places/{town.street}?of=site:{town.other.file.id}"
    assert client.get(outside).status_code == 404
    data = {"why": "a parade", "minutes": "10"}
    held = client.post(f"/flow/places/{town.street}/hold", data=data)
    assert held.headers["location"] == f"/flow/places/{town.street}"
    [release] = re.findall(r"/flow/holds/(\d+)/release", client.get(held.headers["location"]).text)
    back_to = {"of": f"site:{town.site.file.id}", "within": f"place:{town.street}"}
    freed = client.post(f"/flow/holds/{release}/release", data=back_to)
    assert client.get(freed.headers["location"]).status_code == 200, "back to what was chosen"
    assert freed.headers["location"].startswith(f"/flow/places/{town.street}?of=site")


def test_a_hold_of_a_street_is_seen_at_each_of_its_sites_and_gates_and_is_released_there(
    console: Console,
) -> None:
    town, client = console.town, english(console)
    of = town.sites[2]
    with console.store.writing() as connection:
        gates = [each.device for each in entry_gates(connection, of_place(town.street))]
        until = town.now + 10 * MINUTE
        what = str(of_place(town.street))
        held = begin(connection, what, gates, "gatepost", "it is full", until, town.now, by_limit=True)
    assert held is not None
    release = f"/flow/holds/{held.number}/release"
    for address in (f"/flow/{of.file.id}", f"/flow/places/{town.street}"):
        page = client.get(address).text
        assert release in page, address
        assert "it is full" in page
    assert f"at all of {path_of_street(console)}" in text_of(client.get(f"/flow/{of.file.id}").text)
    assert "entries held" in text_of(client.get("/flow").text)
    with console.store.reading() as connection:
        community = path_of(connection, place_at(connection, of.file.id))[-2].number
    assert f"at all of {path_of_street(console)}" in text_of(
        client.get(f"/flow/places/{community}?of=place:{community}").text
    )
    gate = text_of(client.get(f"/gates/{of.device(of.gates[0])}").text)
    assert re.search(r"Entries are held until \S+ · at all of", gate)
    other = town.other
    assert "entries held" not in text_of(client.get(f"/flow/{other.file.id}").text).split(other.file.name)[-1]
    assert client.post(release).headers["location"] == f"/flow/places/{town.street}"
    assert "Entries are held" not in text_of(client.get(f"/flow/{of.file.id}").text)


def test_who_sees_one_street_sees_its_page_at_once(read_console: Console) -> None:
    town = read_console.town
    own = english(read_console, Role.OPERATOR, town.street).get("/flow").text
    assert f"Flow, {path_of_street(read_console)}" in text_of(own)
    elsewhere = english(read_console, Role.OPERATOR, town.elsewhere)
    assert elsewhere.get(f"/flow/places/{town.street}").status_code == 404
    assert elsewhere.get(f"/flow/now/stream?within=place:{town.street}").status_code == 404


def test_somebody_is_sent_from_the_page_where_an_alarm_of_its_limits_is_open(console: Console) -> None:
    town, client = console.town, english(console)
    of = town.sites[2].file.id
    assert "no alarm of its limits is open" in text_of(client.get(f"/flow/{of}").text)
    with console.store.writing() as connection:
        cue = Cue(
            AlarmKind.LIMIT_STOPPED, of, None, str(site(of)), town.now, values={"inside": 8, "limit": 6}
        )
        raise_cue(connection, cue, town.now)
        digest(connection, [], town.now)
    assert "nobody is on duty" in text_of(client.get(f"/flow/{of}").text)
    with console.store.writing() as connection:
        always = Roster((DutyShift(frozenset(range(7)), 0, 0),))
        worker = Worker(0, town.street, "w1", "Liu Yang", "zh", "", "", None, None, always)
        put_worker(connection, worker, "何静", town.now)
    page = client.get(f"/flow/{of}").text
    assert "Send Liu Yang?" in text_of(page)
    [alarm] = re.findall(r"/alarms/(\d+)/send", page)
    assert client.post(f"/alarms/{alarm}/send").status_code == 303
    assert "/dispatch" in client.get(f"/flow/{of}").text
    assert "Send a grid worker" not in text_of(client.get(f"/flow/{of}").text)
    with console.store.writing() as connection:
        end_cue(connection, cue.kind, cue.key, town.now, town.now)
        digest(connection, [], town.now, TaskSenders())
        raise_cue(connection, replace(cue, at=town.now + 1), town.now + 1)
        digest(connection, [], town.now + 1, TaskSenders())
    page = client.get(f"/flow/{of}").text
    assert f"/alarms/{alarm}/send" in page, "it is full again: the task that was taken back helps nobody"
    assert "Send Liu Yang?" in text_of(page)
    watching = english(console, Role.AUDITOR)
    for address in (f"/flow/{of}", f"/flow/places/{town.street}"):
        assert "sent by those who may care for its alarms" in text_of(watching.get(address).text), address


def test_what_came_late_is_said_in_the_picture_and_what_is_on_the_way(console: Console) -> None:
    """A correction has its mark, its time and by how many; a gate that owes events is named."""
    town = console.town
    of, device = town.sites[2], town.sites[2].device(town.sites[2].gates[0])
    with console.store.writing() as connection:
        number = connection.execute(sa.select(chain.c.number).where(chain.c.device == device)).scalar_one()
        since = town.now - 30 * MINUTE
        values = {"chain": number, "arrived": town.now - 20 * MINUTE, "first": since, "last": since + MINUTE}
        connection.execute(sa.insert(flow_correction).values(values | {"inside": 63, "passages": 63}))
        connection.execute(
            sa.update(table_of_devices)
            .where(table_of_devices.c.id == device)
            .values(waiting=30, last_seen=town.now)
        )
    page = english(console).get(f"/flow/{of.file.id}").text
    assert 'class="corrected-word"' in page
    assert text_of(page).count("corrected 08:40: +63") == 3, "a mark, its words beside it, and below"
    assert "1 gate is late: its people are counted when its journal arrives." in text_of(page)


def test_counts_that_would_go_below_nobody_are_nobody_and_that_is_said(console: Console) -> None:
    """More left than came: no figure on the page, nor in its picture, is below nothing."""
    of = console.town.sites[2]
    of_site = sa.select(chain.c.number).where(chain.c.device.in_([of.device(gate) for gate in of.gates]))
    with console.store.writing() as connection:
        more = sa.update(flow_count).where(flow_count.c.chain.in_(of_site))
        connection.execute(more.values(left=flow_count.c.entered + 9))
    answer = english(console).get(f"/flow/{of.file.id}").text
    page = text_of(answer)
    assert f"{of.file.name}: 0 inside" in page
    assert re.search(r"\d+ more left than came: some came in uncounted, or an entry's journal is late.", page)
    assert not re.search(r"[-−–]\d+ inside", page)
    assert not re.search(r'(?:height|width|r)="-', answer), "nothing is drawn below nothing"


@pytest.mark.parametrize(
    "path", ["/flow/nowhere", "/flow/places/99", "/flow/zones/99", "/flow/zones/99999999999999999999"]
)
def test_what_is_not_there_is_not_found(read_console: Console, path: str) -> None:
    assert english(read_console).get(path).status_code == 404


def test_a_limit_is_drawn_and_a_full_site_is_said_with_sign_and_word(console: Console) -> None:
    assert limited(console) == 303
    page = english(console).get("/flow").text
    assert "8 inside / 6" in text_of(page)
    assert "level-stopped" in page
    assert "■ stop 6" in page
    assert "▲ warn 4" in page


def test_entries_are_held_by_hand_and_which_gates_took_it_is_said(console: Console) -> None:
    of = console.town.sites[2].file.id
    device = console.town.sites[2].device(console.town.sites[2].gates[0])
    page = text_of(english(console).get(f"/flow/{of}").text)
    assert re.search(r"Hold entries at \S+\? 1 gate lets nobody in .* Exits stay free. 8 are inside.", page)
    held = english(console).post(f"/flow/{of}/hold", data={"why": "a burst pipe", "minutes": "30"})
    assert (held.status_code, held.headers["location"]) == (303, f"/flow/{of}")
    with console.store.reading() as connection:
        [asked, *_] = commands_of(connection, EVERYWHERE, device)
        [hold] = open_holds(connection, console.town.now)
    assert (asked.kind, asked.why) == ("hold_entries", "a burst pipe")
    assert asked.argument == "2026-03-03T01:30:00Z a burst pipe"
    assert hold.until - console.town.now == 30 * MINUTE
    page = text_of(english(console).get(f"/flow/{of}").text)
    assert "Entries are held until 09:30:00 : a burst pipe" in page
    assert "0 of 1 gate holds; exits stay free." in page
    assert "asked, no answer yet" in page
    again = english(console).post(f"/flow/{of}/hold", data={"why": "twice", "minutes": "30"})
    assert "held there by hand already" in again.text
    freed = english(console).post(f"/flow/holds/{hold.number}/release")
    assert freed.status_code == 303
    assert "Entries are held" not in text_of(english(console).get(f"/flow/{of}").text)
    assert (
        "these entries are free already" in english(console).post(f"/flow/holds/{hold.number}/release").text
    )
    assert {"hold_entries", "release_entries", "command"} <= set(acts(console))


def test_a_hold_that_cannot_be_says_what_is_wrong_and_holds_nothing(console: Console) -> None:
    of = console.town.sites[2]
    client = english(console)
    assert "got 41 characters" in client.post(f"/flow/{of.file.id}/hold", data={"why": "x" * 41}).text
    assert client.post(f"/flow/{of.file.id}/hold", data={"why": "full", "minutes": "1441"}).status_code == 422
    with console.store.writing() as connection:
        for gate in of.gates:
            retire_device(connection, of.device(gate), console.town.now)
    assert "no gate in service" in client.post(f"/flow/{of.file.id}/hold", data={"why": "full"}).text
    with console.store.reading() as connection:
        assert open_holds(connection, console.town.now) == []


def test_who_may_not_command_sees_no_act_and_who_sees_another_street_nothing(console: Console) -> None:
    of, town = console.town.sites[2].file.id, console.town
    auditor = english(console, Role.AUDITOR)
    assert "Order stop now" not in auditor.get(f"/flow/{of}").text
    assert auditor.post(f"/flow/{of}/hold", data={"why": "full"}).status_code == 404
    elsewhere = english(console, Role.OPERATOR, town.elsewhere)
    assert elsewhere.get(f"/flow/{of}").status_code == 404
    assert elsewhere.post(f"/flow/{of}/hold", data={"why": "full"}).status_code == 404
    english(console).post(f"/flow/{of}/hold", data={"why": "full"})
    assert elsewhere.post("/flow/holds/1/release").status_code == 404
    own = elsewhere.get("/flow").text
    assert town.other.file.name in own
    assert not any(word in own for word in town.telling())


def test_a_zone_is_made_changed_held_and_removed(console: Console) -> None:
    town = console.town
    gates = [f"as_is {each.file.id} {each.gates[0]}" for each in town.sites[:2]]
    made = {"name": "market hall", "place": str(town.street), "gate": [*gates, ""]}
    client = english(console)
    assert client.post("/zones", data=made).status_code == 303
    with console.store.reading() as connection:
        [zone] = zones_in(connection, EVERYWHERE)
    assert [(each.site, each.sign) for each in zone.gates] == [
        (each.file.id, Sign.AS_IS) for each in town.sites[:2]
    ]
    assert "Zone: market hall" in text_of(client.get("/flow").text)
    assert "market hall: " in text_of(client.get(f"/flow/zones/{zone.number}").text)
    assert client.post(f"/flow/zones/{zone.number}/hold", data={"why": "full"}).status_code == 303
    client.post(f"/zones/{zone.number}", data=made | {"name": "hall", "gate": gates[:1]})
    page = text_of(client.get("/zones").text)
    assert "hall 1" in page
    limit = {"what": f"zone:{zone.number}"} | NEW
    assert client.post("/zones/limits/set", data=limit).status_code == 303
    assert client.post(f"/zones/{zone.number}/remove").status_code == 303
    with console.store.reading() as connection:
        assert zones_in(connection, EVERYWHERE) == []
        assert limits_in(connection, EVERYWHERE, {}).rows == {}
    assert {"put_zone", "remove_zone", "put_limit"} <= set(acts(console))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"warn": "7", "stop": "6"}, "warn (7) is above stop (6)"),
        ({"relief": "5"}, "relief is 0 to 4, got 5"),
        ({"warn": "many"}, "got &#39;many&#39;, expected a number of people"),
        ({"warn": "", "stop": ""}, "neither warn nor stop"),
        ({"begins": "25:00"}, "expected a time such as 08:30"),
        ({"day": ["8"]}, "days are some of"),
        ({"what": "street:1"}, "no site, zone or place"),
    ],
)
def test_a_limit_that_cannot_be_says_what_is_wrong(
    console: Console, changes: dict[str, str], said: str
) -> None:
    what = str(site(console.town.site.file.id))
    answer = english(console).post("/zones/limits/set", data={"what": what} | NEW | changes)
    assert said in answer.text
    with console.store.reading() as connection:
        assert limits_in(connection, EVERYWHERE, {}).rows == {}


def test_a_limit_is_changed_and_removed_by_its_number(console: Console) -> None:
    assert limited(console) == 303
    assert limited(console, number="1", stop="9", ends="") == 303
    page = text_of(english(console).get("/zones").text)
    assert "4 9 2 Mon Tue Wed Thu Fri 08:00–24:00" in page
    assert english(console).post("/zones/limits/1/remove").status_code == 303
    assert english(console).post("/zones/limits/1/remove").status_code == 404
    assert limited(console, number="1") == 404


def test_a_zone_keeps_how_a_gate_counts_that_a_newer_version_wrote(console: Console) -> None:
    town, client = console.town, english(console)
    first, second = (f"as_is {each.file.id} {each.gates[0]}" for each in town.sites[:2])
    made = {"name": "hall", "place": str(town.street), "gate": [first, second]}
    client.post("/zones", data=made)
    newer = first.replace("as_is", "zz_newer")
    with console.store.writing() as connection:
        those = zone_gate.c.site == town.sites[0].file.id
        connection.execute(sa.update(zone_gate).where(those).values(sign="zz_newer"))
        number = connection.execute(sa.select(zone_gate.c.zone)).scalars().first()
    shown = html.unescape(client.get("/zones").text)
    assert f'<option value="{newer}" selected>' in shown, "the form says what is held"
    saved = client.post(f"/zones/{number}", data=made | {"name": "the hall", "gate": [newer, second]})
    assert saved.status_code == 303
    with console.store.reading() as connection:
        [zone] = zones_in(connection, EVERYWHERE)
    assert (zone.name, [str(each.sign) for each in zone.gates]) == ("the hall", ["zz_newer", "as_is"])
    for gates in (
        [first, second.replace("as_is", "zz_newer")],
        [newer.replace("zz_newer", "made_up")],
        ["x"],
    ):
        client.headers["accept-language"] = "zh"
        refused = client.post(f"/zones/{number}", data=made | {"gate": gates})
        assert refused.status_code == 422, gates
        assert english_on(refused.text) == []
    assert client.post("/zones", data=made | {"gate": [newer]}).status_code == 422, "no zone holds it"


def test_zones_and_limits_are_of_what_one_may_set(console: Console) -> None:
    """Gates of sight only; an operator sets none."""
    town = console.town
    assert english(console, Role.OPERATOR).get("/zones").status_code == 404
    elsewhere = english(console, Role.ADMINISTRATOR, town.elsewhere)
    assert not any(word in elsewhere.get("/zones").text for word in town.telling())
    gate = f"as_is {town.site.file.id} {town.site.gates[0]}"
    of_another = {"name": "mine", "place": str(town.elsewhere), "gate": [gate]}
    assert elsewhere.post("/zones", data=of_another).status_code == 404
    what = str(site(town.site.file.id))
    assert elsewhere.post("/zones/limits/set", data={"what": what} | NEW).status_code == 404
    limited(console)
    assert elsewhere.post("/zones/limits/1/remove").status_code == 404


def test_what_is_crowded_is_counted_beside_flow(console: Console) -> None:
    of = str(site(console.town.site.file.id))
    with console.store.writing() as connection:
        values = {"what": of, "level": Crowding.WARNED, "since": console.town.now, "forecast": False}
        connection.execute(sa.insert(flow_level).values(values))
    assert '<a href="/flow">Flow <span class="badge">1</span></a>' in english(console).get("/live").text
    elsewhere = english(console, Role.OPERATOR, console.town.elsewhere)
    assert '<a href="/flow">Flow</a>' in elsewhere.get("/live").text


def test_how_exact_a_count_is_stands_by_site(read_console: Console) -> None:
    page = text_of(english(read_console).get("/flow/now/exact").text)
    assert "By site" in page
    assert "No difference" in page


@pytest.mark.longer
def test_pages_hold_on_a_phone_and_nobody_needs_the_picture(console: Console, browser: Any) -> None:
    """320 and 390 px, light and dark, in both languages; in the short form axe judges each at one. The
    wider ones are judged with every page.
    """
    limited(console)
    of = console.town.sites[2].file.id
    english(console).post(f"/flow/{of}/hold", data={"why": "a burst pipe"})
    by_turns = (("en", ((320, "light"), (390, "dark"))), ("zh-CN", ((390, "light"), (320, "dark"))))
    for turn, (locale, seen) in enumerate(by_turns):
        page = console.page(browser, locale=locale)
        for address in (f"/flow/places/{console.town.street}", f"/flow/{of}", "/zones", "/flow/now/exact"):
            page.goto(address, wait_until="load")
            assert judged(page, seen, axe_at=None if LONG else turn) == [], address
        page.context.close()
