"""What operations people look at all day: overview, gates, live feed, a journal, findings, search."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa

from edge.decision import Decision, Direction, Mode, Outcome, PassVerdict, Reason
from edge.journal.format import (
    CameraStateEvent,
    Entry,
    LaneFault,
    LaneGrantRefused,
    LanePassed,
    ProbeDecided,
    StillBeforeGate,
    link,
    told,
)
from edge.journal.format.body import EVENTS as KINDS
from edge.lane.machine import Cause, Phase
from edge.signing.cose import microseconds
from edge.web.event_words import CAUSES, EVENTS, in_words
from edge.web.texts import Language
from edge.web.words import MEANS, REASONS
from sync.central.accesses.accesses import AccessFilters, accesses
from sync.central.accesses.feed import newest_number
from sync.central.accounts.core.roles import Role
from sync.central.audit.audit import entries
from sync.central.devices.devices import known_devices, note_health
from sync.central.followers import FOLLOWERS
from sync.central.journals.chains import chain_of
from sync.central.journals.findings import findings_of
from sync.central.journals.journals import store_batch
from sync.central.journals.pages import journal_page
from sync.central.places.sight import EVERYWHERE
from sync.central.store import open_store
from sync.central.tables import device
from sync.central.units import HOUR, SECOND
from sync.central.web.rendering import TEXTS
from sync.central.web.words import FINDINGS, FINDINGS_DO, GATE_WHY
from sync.wire import DeviceState, Health, batch_of
from tests.events import decided
from tests.sync.central.web.conftest import Console, console_over
from tests.sync.central.web.town import NOW
from tests.sync.migrated import MigratedCopies
from tests.waiting import soon

AT = microseconds(NOW)


def text_of(page: str) -> str:
    """What the content of a page says, in one line."""
    main = page.partition("<main")[2].partition("</main")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def newest_entry(console: Console) -> Entry:
    """The newest stored event of the town's gate."""
    with console.store.reading() as connection:
        page = journal_page(connection, console.town.gate.device, count=1)
    assert page is not None
    entry = page.rows[0].entry
    assert entry is not None
    return entry


def follow(last: Entry, *events: Any, at: int = AT) -> list[Entry]:
    """Events that follow `last` in its journal."""
    made = [last]
    for event in events:
        kind, body = told(event)
        before = made[-1]
        fields = {name: getattr(before, name) for name in Entry.__struct_fields__[:-1]}
        changed = {"sequence": before.sequence + 1, "at": at, "kind": kind, "body": body}
        made.append(link(**fields | changed | {"previous": before.hash}))
    return made[1:]


def stored(console: Console, batch: Sequence[Entry], after: int | None = None) -> None:
    with console.store.writing() as connection:
        made = batch_of(batch, batch[0].sequence - 1 if after is None else after)
        store_batch(connection, console.town.gate.device, made, AT, FOLLOWERS)


def english(console: Console, role: Role = Role.ADMINISTRATOR, place: int | None = None) -> Any:
    client = console.client(role, place)
    client.headers["accept-language"] = "en"
    return client


# --- words ---------------------------------------------------------------------------------


def test_every_reason_has_its_words_and_says_not_red_where_it_could_be_taken_so() -> None:
    assert {reason.value for reason in Reason} | {"override", "staff", "duress"} <= set(REASONS)
    not_red = {"status_expired", "status_absent", "status_failed", "status_timeout"}
    assert all("not red" in REASONS[code] for code in not_red)
    assert FINDINGS.keys() == FINDINGS_DO.keys()
    assert all(
        words and words[0].isupper() for table in (MEANS, GATE_WHY, EVENTS) for words in table.values()
    )


def test_every_kind_of_event_is_told_in_words(read_console: Console) -> None:
    assert KINDS.keys() == EVENTS.keys()
    assert {*map(str, Cause), *map(str, Phase)} <= CAUSES.keys()
    held = newest_entry(read_console)
    for event, english, chinese in (
        (
            LanePassed(Direction.ENTRY, "counted", Cause.GRANT, "of li-na"),
            "let through · counted · in",
            "放行 · 已计 · 入",
        ),
        (CameraStateEvent("blind", "black"), "sees nothing · black", "看不见 · black"),
        (StillBeforeGate("li-na", "of li-na", None), "", ""),
    ):
        kind, body = told(event)
        fields = {name: getattr(held, name) for name in Entry.__struct_fields__[:-1]}
        entry = link(**fields | {"kind": kind, "body": body})
        assert in_words(entry, TEXTS.translations(Language.EN).gettext) == english
        assert in_words(entry, TEXTS.translations(Language.ZH).gettext) == chinese


# --- overview ------------------------------------------------------------------------------


def test_the_overview_shows_what_the_rows_come_to(read_console: Console) -> None:
    page = english(read_console).get("/overview").text
    midnight = AT - 9 * 3600 * SECOND  # it is nine o'clock where the town is
    with read_console.store.reading() as connection:
        today = accesses(connection, EVERYWHERE, AccessFilters(since=midnight), count=10_000)
    said = text_of(page)
    assert f"Accesses today {len(today)}" in said
    denied = sum(each.outcome == "deny" for each in today)
    assert f"Denied · referred {denied} · " in said
    for site in (*read_console.town.sites, read_console.town.other):
        assert site.file.name in said


def test_a_street_shows_its_own_and_no_others_counts(read_console: Console) -> None:
    town = read_console.town
    whole = text_of(english(read_console).get(f"/places/{town.street}").text)
    own = text_of(english(read_console, Role.OPERATOR, town.street).get("/overview").text)
    figures = re.compile(r"Accesses today (\d+)")
    assert figures.findall(own) == figures.findall(whole) != []
    assert (
        english(read_console, Role.OPERATOR, town.street).get(f"/places/{town.elsewhere}").status_code == 404
    )


def test_what_comes_late_corrects_the_total_visibly(console: Console) -> None:
    before = text_of(english(console).get("/overview").text)
    stored(console, follow(newest_entry(console), decided(), at=AT - 600 * SECOND))
    after = text_of(english(console).get("/overview").text)
    (count,) = re.findall(r"Accesses today (\d+)", before)
    assert re.search(rf"Accesses today {int(count) + 1} corrected 09:00:00: \+\d+", after)


# --- the live feed ---------------------------------------------------------------------------


def rows_in(page: str) -> list[str]:
    return re.findall(r'<tr id="(access-\d+)"', page)


def test_the_feed_goes_back_to_its_beginning_and_up_again(read_console: Console) -> None:
    client, seen, address = english(read_console), [], "/live"
    while address:
        page = client.get(address).text
        seen.append(rows_in(page))
        older = re.search(r'href="([^"]*)" rel="next"', page)
        address = older.group(1).replace("&amp;", "&") if older else ""
    with read_console.store.reading() as connection:
        whole = accesses(connection, EVERYWHERE, count=10_000)
    assert [row for rows in seen for row in rows] == [f"access-{each.number}" for each in whole]
    newer = re.search(r'href="([^"]*)" rel="prev"', page)
    assert newer is not None
    assert rows_in(client.get(newer.group(1).replace("&amp;", "&")).text) == seen[-2]


def test_the_feed_shows_what_its_filters_leave_and_masks_people(read_console: Console) -> None:
    address = "/live?place=&outcome=deny&reason=&means=&device="
    page = english(read_console).get(address).text
    with read_console.store.reading() as connection:
        denied = accesses(connection, EVERYWHERE, AccessFilters(outcome="deny"), count=50)
    assert rows_in(page) == [f"access-{each.number}" for each in denied]
    whole = english(read_console).get("/live").text
    people = [person for site in read_console.town.sites for person in site.people if person.name]
    assert people
    assert not [person.name for person in people if person.name in whole]


def events_of(answer: Any, count: int) -> list[dict[str, str]]:
    """The first `count` events of a stream besides heartbeats."""
    found: list[dict[str, str]] = []
    event: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            event[name] = event.get(name, "") + value
            continue
        if event.get("event") not in {None, "heartbeat"}:
            found.append(event)
        event = {}
        if len(found) == count:
            return found
    return found


def test_an_access_reaches_an_open_page_once_and_again_only_where_it_was_missed(console: Console) -> None:
    with console.store.reading() as connection:
        begin = newest_number(connection)
    client = english(console)
    with client.stream("GET", f"/live/stream?from={begin}") as answer:
        stored(console, follow(newest_entry(console), decided(Outcome.DENY), decided()))
        one, two = events_of(answer, 2)
    assert int(one["id"]) < int(two["id"])
    assert "Denied" in one["data"]
    with client.stream("GET", f"/live/stream?from={begin}", headers={"last-event-id": one["id"]}) as answer:
        (again,) = events_of(answer, 1)
    assert again["id"] == two["id"]


def test_an_access_leads_on_and_what_is_none_is_not_found(read_console: Console) -> None:
    client = english(read_console)
    with read_console.store.reading() as connection:
        known = next(each for each in accesses(connection, EVERYWHERE, count=50) if each.subject)
    here = f"/accesses/{known.device}/{known.epoch.hex()}"
    page = client.get(f"{here}/{known.sequence}").text
    assert f"{here}/{known.sequence}/explain" in page
    assert f"/people/{known.site}/" in page
    auditor = english(read_console, Role.OPERATOR, read_console.town.elsewhere)
    for wrong in (f"{here}/999999", f"/accesses/{known.device}/zz/1", f"/accesses/nobody/{'00' * 16}/1"):
        assert client.get(wrong).status_code == 404
    assert auditor.get(f"{here}/{known.sequence}").status_code in {200, 404}


def test_what_the_lane_refused_was_not_opened_wherever_it_is_shown(console: Console) -> None:
    granted = follow(newest_entry(console), decided(Outcome.GRANT, console.town.person.id))
    stored(
        console, [*granted, *follow(granted[-1], LaneGrantRefused(str(granted[-1].sequence), "interlock"))]
    )
    client = english(console)
    (row,) = re.findall(r'<tr id="access-.*?</tr>', client.get("/live?outcome=refused").text, re.DOTALL)
    assert "Granted" not in row
    one = client.get(re.findall(r'href="(/accesses/[^"]+)"', row)[0]).text
    for shown in (row, one):
        assert "Not opened" in shown
        assert "the other gate did not shut" in shown


# --- gates -----------------------------------------------------------------------------------


def test_a_gate_that_is_silent_is_a_card_and_keeps_its_place(console: Console) -> None:
    gate = console.town.gate.device
    before = english(console).get("/gates").text
    assert "gate-card" not in before
    with console.store.writing() as connection:
        connection.execute(sa.update(device).where(device.c.id == gate).values(last_seen=AT - 3600 * SECOND))
    after = english(console).get("/gates").text
    assert after.count("gate-card") == 1
    assert "No link since" in text_of(after)
    places = re.compile(r'<li><a href="(/gates/[^"]+)"')
    assert places.findall(after) == places.findall(before)
    footer = after.split('class="rests-on"')[1]
    assert "1 without a link" in footer


def test_what_is_missing_in_a_journal_is_a_row_at_its_place(console: Console) -> None:
    """First the gate may still have it; then it says that it has not; at last some of it comes after all."""
    last = newest_entry(console)
    more = follow(last, *[decided()] * 9)
    address = f"/gates/{console.town.gate.device}"
    stored(console, more[5:7])
    first = last.sequence + 1
    said = text_of(english(console).get(address).text)
    assert f"5 events missing, {first}–{first + 4}, " in said
    assert "the gate still has them; 0 filled" in said
    stored(console, more[7:], after=last.sequence)
    stored(console, more[5:], after=last.sequence)
    said = text_of(english(console).get(address).text)
    assert "the gate has them no more; 0 filled" in said
    stored(console, more[3:5])
    said = text_of(english(console).get(address).text)
    assert f"3 events missing, {first}–{first + 2}, " in said
    assert "2 filled" in said


def test_the_hours_of_a_gate_show_gaps_probes_and_silence_whatever_page_of_its_journal_is_open(
    console: Console,
) -> None:
    last = newest_entry(console)
    denied = Decision(Outcome.DENY, Reason.TEST_CODE, "pass.probe")
    probes = [
        ProbeDecided(denied, PassVerdict.GENUINE, Mode.CODE, 1, "", 1.0, wrong) for wrong in ((), ("camera",))
    ]
    more = follow(last, *[decided()] * 4, *probes, at=AT - 600 * SECOND)
    stored(console, more[3:])  # they were written ten minutes ago, and arrive now
    lane = re.compile(r'class="label">([^<]*)</span>\s*<svg.*?</svg>', re.DOTALL)
    for page in ("", "?before=3"):
        text = english(console).get(f"/gates/{console.town.gate.device}{page}").text
        lanes = {found.group(1): found.group(0) for found in lane.finditer(text)}
        assert f"<title>{last.sequence + 1}–{last.sequence + 3}</title>" in lanes["Missing"]
        assert [lanes["Probe"].count(kind) for kind in ("span-grant", "span-fault")] == [1, 1]
        assert "<title>camera</title>" in lanes["Probe"]
        assert lanes["No link"].count("span-fault") == 1


@pytest.mark.parametrize(("later", "faults"), [(0, 0), (-HOUR, 1), (HOUR, 1)])
def test_a_gate_that_was_seen_later_than_now_has_no_link(console: Console, later: int, faults: int) -> None:
    """The clock was set back: when that was, by the clock of now, nobody knows."""
    name = console.town.gate.device
    with console.store.writing() as connection:
        at = console.town.now + later
        connection.execute(sa.update(device).where(device.c.id == name).values(last_seen=at))
    text = english(console).get(f"/gates/{name}").text
    lane = text.partition(">No link</span>")[2].partition("</svg>")[0]
    assert "<svg" in lane
    assert lane.count("span-fault") == faults


def test_a_gate_says_which_part_of_it_is_broken_and_since_when_it_runs(console: Console) -> None:
    gate, last = console.town.gate.device, newest_entry(console)
    with console.store.writing() as connection:
        note_health(connection, gate, Health(DeviceState.ONLINE, AT, started=AT - 3600 * SECOND), AT)
    whole = text_of(english(console).get(f"/gates/{gate}").text)
    assert whole.count("nothing wrong said") == 2, "barrier and camera"
    assert "running since" in whole
    stored(console, follow(last, LaneFault("the boom does not rise")))
    broken = text_of(english(console).get(f"/gates/{gate}").text)
    assert broken.count("nothing wrong said") == 1
    assert "the boom does not rise" in broken.split("Camera")[0].rpartition("Barrier")[2]


def test_gates_that_catch_up_say_how_much_is_left_and_until_when(console: Console) -> None:
    gate = console.town.gate.device
    assert "catches up" not in english(console).get("/gates").text
    for at, waiting in ((AT - 60 * SECOND, 150_000), (AT, 90_000)):
        with console.store.writing() as connection:
            note_health(connection, gate, Health(DeviceState.ONLINE, at, waiting=waiting), at)
    said = "90,000 events wait; at the present 1,000 a second until about"
    wall = text_of(english(console).get("/gates").text)
    assert f"1 gate was away and catches up: {said}" in wall
    assert said in text_of(english(console).get(f"/gates/{gate}").text)


def test_a_page_for_everybody_says_nothing_of_gates(read_console: Console) -> None:
    assert "This page rests on" in english(read_console).get("/gates").text
    for path in ("/sign-in", "/appeals/ask"):
        assert "This page rests on" not in read_console.client(None).get(path).text


def test_what_a_page_rests_on_is_in_sight_however_long_the_page_is(
    read_console: Console, browser: Any
) -> None:
    page = read_console.page(browser, viewport={"width": 1024, "height": 500})
    page.goto("/overview")
    bottom = "() => Math.round(document.querySelector('.rests-on').getBoundingClientRect().bottom)"
    assert page.evaluate("document.documentElement.scrollHeight") > 600
    assert page.evaluate(bottom) == 500
    page.set_viewport_size({"width": 360, "height": 500})
    assert page.evaluate(bottom) > 500, "a phone has its bar of pages there"


def test_a_journal_goes_back_to_its_first_event(read_console: Console) -> None:
    gate, client = read_console.town.gate, english(read_console)
    with read_console.store.reading() as connection:
        held = chain_of(connection, gate.device, gate.epoch)
    assert held is not None
    page = client.get(f"/gates/{gate.device}?epoch={gate.epoch.hex()}&before=3").text
    assert re.findall(r'<td class="number" data-label="Sequence">(\d+)</td>', page) == ["2", "1"]
    assert f"verified up to {held.prefix}" in text_of(page)
    for wrong in ("?epoch=zz", f"?epoch={'00' * 16}", "?before=0"):
        assert client.get(f"/gates/{gate.device}{wrong}").status_code == 404
    assert client.get("/gates/nobody").status_code == 404


# --- findings ----------------------------------------------------------------------------------


def test_a_finding_is_taken_care_of_by_name_with_a_reason_once(console: Console) -> None:
    more = follow(newest_entry(console), *[decided()] * 5)
    stored(console, more[3:], after=more[0].sequence - 1)
    client = english(console, Role.OPERATOR, console.town.street)
    page = client.get("/findings").text
    (address,) = re.findall(r'action="(/findings/\d+/acknowledge)"', page)
    assert "Events lost at the gate" in text_of(page)
    assert client.post(address, data={"why": " "}).status_code == 422
    done = client.post(address, data={"why": "card replaced"})
    assert done.status_code == 303
    receipt = text_of(client.get(done.headers["location"]).text)
    assert "Taken care of:" in receipt
    assert "card replaced" in receipt
    assert "No open findings" in receipt
    again = client.post(address, data={"why": "me too"})
    assert again.status_code == 422
    assert "somebody has taken care of it already" in text_of(again.text)
    with console.store.reading() as connection:
        noted = entries(connection, EVERYWHERE)[0]
        assert not any(gate.findings for gate in known_devices(connection)), "gate list counts it no more"
        assert [item.needs_somebody for item, _ in findings_of(connection)] == [False]
    assert (noted.act, noted.why) == ("acknowledge_finding", "card replaced")


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR])
def test_who_may_not_act_reads_findings_and_takes_care_of_none(console: Console, role: Role) -> None:
    more = follow(newest_entry(console), *[decided()] * 5)
    stored(console, more[3:], after=more[0].sequence - 1)
    client = english(console, role)
    page = client.get("/findings").text
    assert "Events lost at the gate" in page
    assert "/acknowledge" not in page
    assert client.post("/findings/1/acknowledge", data={"why": "x"}).status_code == 404


# --- search --------------------------------------------------------------------------------------


def test_gates_numbers_ids_and_rooms_are_found_and_names_are_not(read_console: Console) -> None:
    town, client = read_console.town, english(read_console)
    known = next(person for person in town.site.people if person.name and person.address)
    found = client.get("/search", params={"q": town.gate.device})
    assert (found.status_code, found.headers["location"]) == (303, f"/gates/{town.gate.device}")
    assert town.gate.device in client.get("/search", params={"q": town.site.file.name}).text
    with read_console.store.reading() as connection:
        (newest,) = accesses(connection, EVERYWHERE, AccessFilters(device=town.gate.device), count=1)
    number = client.get("/search", params={"q": f"{town.gate.device} {newest.sequence}"})
    assert number.headers["location"].startswith(f"/accesses/{town.gate.device}/")
    person = client.get("/search", params={"q": known.id})
    assert person.headers["location"] == f"/people/{town.site.file.id}/{known.id}"
    assert known.id in client.get("/search", params={"q": known.address[:3]}).text
    assert "Nothing found" in client.get("/search", params={"q": known.name}).text


def test_bad_words_find_nothing_and_break_nothing(read_console: Console) -> None:
    client = english(read_console)
    for words in ("%", "_", "' OR 1=1 --", "gp \0", "x 9" + "9" * 40, "<script>"):
        answer = client.get("/search", params={"q": words})
        assert answer.status_code == 200, words
        assert "<script>" not in text_of(answer.text)
    assert client.get("/search", params={"q": "x" * 300}).status_code == 422


# --- no page reads a table whole -------------------------------------------------------------------

_TABLES = "(access|event|access_count|subject|forked_event|status_change)"
LARGE = {
    "sqlite": re.compile(rf"\bSCAN {_TABLES}(_\d+)?\b"),
    "postgresql": re.compile(rf"\bSeq Scan on {_TABLES}(_\d+)?\b"),
}


@pytest.fixture
def console_on(database: str, towns: MigratedCopies) -> Iterator[Console]:
    """The console over the town, on each database."""
    towns.fill(database)
    with closing(open_store(database)) as store, console_over(store) as opened:
        yield opened


def plan_of(connection: sa.Connection, statement: str, parameters: object) -> list[str]:
    """The plan of a query. PostgreSQL, whose tables are small here, is to use an index wherever it can."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
        return [row[3] for row in rows]
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)  # type: ignore[arg-type]
    return [row[0] for row in rows]


def test_no_query_of_these_pages_reads_a_large_table_whole(console_on: Console) -> None:
    """The database tells its plan of each query that the pages ask, as somebody of one street and of
    everything.
    """
    town = console_on.town
    asked: dict[str, object] = {}

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked[statement] = parameters

    sa.event.listen(console_on.store._engine, "before_cursor_execute", note)
    pages = [
        "/overview",
        f"/places/{town.street}",
        "/gates",
        f"/gates/{town.gate.device}",
        "/live",
        f"/live?place={town.street}&outcome=deny",
        f"/live?device={town.gate.device}",
        "/findings",
        "/findings?show=all",
        f"/search?q={town.gate.device}",
        f"/search?q={town.gate.device} 5",
        "/search?q=1-2",
    ]
    for client in (english(console_on), english(console_on, Role.OPERATOR, town.street)):
        for page in pages:
            assert client.get(page).status_code in {200, 303}, page
    sa.event.remove(console_on.store._engine, "before_cursor_execute", note)
    assert len(asked) > 30
    with console_on.store.reading() as connection:
        whole = LARGE[connection.dialect.name]
        plans = {statement: plan_of(connection, statement, held) for statement, held in asked.items()}
    scans = [(statement, line) for statement, lines in plans.items() for line in lines if whole.search(line)]
    assert [line + ": " + statement for statement, line in scans] == []


# --- in a browser ------------------------------------------------------------------------------------


def test_of_two_rows_the_one_chosen_last_is_shown_whichever_answer_comes_first(
    console: Console, browser: Any
) -> None:
    page = console.page(browser)
    page.goto("/live", wait_until="load")
    first, second = (page.locator(f"#feed tr:nth-child({row}) td:first-child a") for row in (1, 2))
    held: list[Any] = []

    def hold(route: Any) -> None:
        held.append(route)

    page.route(f"**{first.get_attribute('href')}", hold)
    first.click()
    soon(lambda: held, "the first row's question", meanwhile=lambda: page.wait_for_timeout(20))
    given_up: list[str] = []
    page.on("requestfailed", lambda asked: given_up.append(asked.url))
    second.click()
    page.wait_for_selector("#panel .decision")
    soon(lambda: given_up, "the first is given up", meanwhile=lambda: page.wait_for_timeout(20))
    assert given_up == [held[0].request.url]


def test_a_live_access_is_followed_in_a_browser(console: Console, browser: Any) -> None:
    """It waits behind "new" while a row is chosen, enters by N, and its panel leads to the explanation."""
    page = console.page(browser, viewport={"width": 1440, "height": 900})
    page.goto("/live", wait_until="load")
    rows = page.locator("#feed tr")
    had = rows.count()
    page.locator("#feed tr:nth-child(2) a").first.click()
    page.wait_for_selector("#panel .decision")
    assert "Explain this decision" in page.locator("#panel").inner_text()
    page.locator("#feed tr:nth-child(2) a").first.focus()
    more = follow(newest_entry(console), decided(Outcome.DENY), decided(Outcome.REFER))
    stored(console, [*more, *follow(more[-1], decided(), at=AT - 1200 * SECOND)])
    page.locator("[data-new-of=feed] [data-count]", has_text="3").wait_for()
    assert rows.count() == had, "nothing moves under a finger"
    page.keyboard.press("n")
    rows.nth(had + 2).wait_for()
    assert "Referred" in rows.first.inner_text()
    assert rows.count() == had + 3
    late = page.locator("#feed tr.is-late", has_text="late 20 min")
    assert late.evaluate("row => row.previousElementSibling.dataset.at >= row.dataset.at") is True
    assert late.evaluate("row => row.nextElementSibling.dataset.at <= row.dataset.at") is True
    page.goto("/overview", wait_until="load")
    page.wait_for_selector(".uplot canvas")
    shown = page.locator(".tree tbody tr:not([hidden])").count()
    page.locator(".tree .fold").first.click()
    assert page.locator(".tree tbody tr:not([hidden])").count() < shown
    assert page.locator(".tree .fold").first.get_attribute("aria-expanded") == "false"


def test_a_gate_that_was_never_probed_is_not_said_to_work(read_console: Console) -> None:
    """None of the town's is, and nothing else speaks against them."""
    client = read_console.client(Role.OPERATOR, read_console.town.street)
    client.headers["accept-language"] = "en"
    wall, overview = client.get("/gates").text, client.get("/overview").text
    assert "0 gates work · 6 not probed yet" in wall
    assert "Needs you 0" in wall
    assert "0 / 6" in overview
    assert "6 not probed yet" in overview
