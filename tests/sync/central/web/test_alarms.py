"""The pages of alarms: what needs somebody, aloud once, and what is done about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from sync.central.accounts.core.roles import Role
from sync.central.alarms.core.cues import Cue
from sync.central.alarms.core.kinds import KINDS, AlarmKind
from sync.central.alarms.core.life import StepKind
from sync.central.alarms.core.parameters import parameters_of
from sync.central.alarms.core.rules import Settings
from sync.central.alarms.digesting import digest
from sync.central.alarms.editing import rules_in
from sync.central.alarms.listing import newest_step
from sync.central.alarms.tables import alarm, alarm_cue, alarm_rule
from sync.central.alarms.waiting import CauseGone
from sync.central.audit.audit import entries
from sync.central.dispatch.tables import task
from sync.central.places.sight import EVERYWHERE
from sync.central.places.tables import place
from sync.central.places.tree import place_at
from sync.central.units import MINUTE, SECOND
from sync.central.web.words import ALARM_STEPS
from tests.sync.central.web.conftest import Console
from tests.sync.central.web.test_watch import english, events_of, text_of

FORCED, DARK = AlarmKind.BARRIER_FORCED, AlarmKind.GATE_DARK


@pytest.fixture(autouse=True)
def quiet_town(console: Console) -> None:
    """What the town's own day would be an alarm about is not told here."""
    with console.store.writing() as connection:
        connection.execute(sa.delete(alarm_cue))


def raised(console: Console, *seen: Cue | CauseGone, after: int = 0) -> None:
    with console.store.writing() as connection:
        digest(connection, seen, console.town.now + after)


def cue(console: Console, kind: AlarmKind, key: str = "", ago: int = 0, **more: Any) -> Cue:
    device = console.town.gate.device
    return Cue(kind, console.town.site.file.id, device, key or device, console.town.now - ago, **more)


def number_of(console: Console, kind: AlarmKind) -> int:
    with console.store.reading() as connection:
        query = sa.select(sa.func.max(alarm.c.number)).where(alarm.c.kind == kind.value)
        return int(connection.execute(query).scalar_one())


def lines(page: str) -> Sequence[str]:
    found = re.findall(r'<tr id="alarm-\d+".*?</tr>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


def test_the_list_has_the_gravest_first_and_the_navigation_counts(console: Console) -> None:
    raised(console, cue(console, DARK, ago=9 * MINUTE), cue(console, FORCED, ago=MINUTE, times=7))
    page = english(console).get("/alarms").text
    first, second = lines(page)
    assert "Barrier forced" in first
    assert "7 times" in first
    assert "nobody has it" in first
    assert "Gate without a link" in second
    assert re.search(r'href="/alarms"[^>]*>Alarms <span class="badge urgent">2</span>', page)
    overview = english(console).get("/overview").text
    assert [line.split()[:3] for line in lines(overview)] == [line.split()[:3] for line in (first, second)]


def test_the_count_is_urgent_until_somebody_has_the_gravest(console: Console) -> None:
    raised(console, cue(console, DARK, ago=9 * MINUTE), cue(console, FORCED, ago=MINUTE))
    client = english(console)
    gravest = re.search(r'id="alarm-(\d+)"', client.get("/alarms").text)
    assert gravest is not None
    assert client.post(f"/alarms/{gravest[1]}/take").status_code == 303
    assert '<span class="badge">2</span>' in client.get("/alarms").text


def test_the_tree_says_how_many_alarms_each_place_has(console: Console) -> None:
    town = console.town
    of_street = Cue(AlarmKind.LIMIT_WARNED, None, None, "s", town.now, place=town.street)
    raised(console, cue(console, FORCED), of_street)
    page = english(console).get("/overview").text
    counts = {
        int(number): re.sub(r"<[^>]+>", " ", row).split()[-1]
        for number, row in re.findall(r'<tr data-place="(\d+)"(.*?)</tr>', page, re.DOTALL)
    }
    with console.store.reading() as connection:
        site = place_at(connection, town.site.file.id)
        other = place_at(connection, town.other.file.id)
    assert (counts[site], counts[town.street], counts[other]) == ("1", "2", "0")


def test_where_nothing_is_open_it_says_when_it_looked(console: Console) -> None:
    page = text_of(english(console).get("/alarms").text)
    assert "No open alarms" in page
    assert "Looked at 09:00:00" in page


def test_for_an_alarm_of_a_street_somebody_is_sent_and_the_task_says_which(console: Console) -> None:
    town = console.town
    raised(console, Cue(AlarmKind.LIMIT_STOPPED, None, None, "s", town.now, place=town.street))
    number, client = number_of(console, AlarmKind.LIMIT_STOPPED), english(console)
    assert f"/alarms/{number}/send" in client.get(f"/alarms/{number}").text
    assert client.post(f"/alarms/{number}/send").status_code == 303
    with console.store.reading() as connection:
        name = connection.execute(sa.select(place.c.name).where(place.c.number == town.street)).scalar_one()
    [card] = re.findall(r'<article class="card task">.*?</article>', client.get("/dispatch").text, re.DOTALL)
    assert f"<p>{name} · since" in card


def test_an_alarm_is_taken_put_off_sent_for_and_closed_with_what_was_done(console: Console) -> None:
    raised(console, cue(console, FORCED))
    number, client = number_of(console, FORCED), english(console, Role.OPERATOR, console.town.street)
    for act, form in (("take", {}), ("snooze", {"minutes": "5", "why": "a guard looks"}), ("send", {})):
        assert client.post(f"/alarms/{number}/{act}", data=form).status_code == 303
    with console.store.reading() as connection:
        assert connection.execute(sa.select(task.c.alarm, task.c.state)).all() == [(number, "open")]
    assert client.post(f"/alarms/{number}/close", data={"why": " "}).status_code == 422
    assert client.post(f"/alarms/{number}/close", data={"why": "latch mended"}).status_code == 303
    page = text_of(client.get(f"/alarms/{number}").text)
    for said in ("raised", "taken by", "put off by", "a guard looks", "somebody was sent", "latch mended"):
        assert said in page
    again = client.post(f"/alarms/{number}/take")
    assert again.status_code == 422
    assert "it is closed already" in text_of(again.text)
    with console.store.reading() as connection:
        assert connection.execute(sa.select(task.c.state)).scalar_one() == "taken_back"
    assert lines(client.get("/alarms").text) == []
    closed = client.get("/alarms?show=closed").text
    assert len(lines(closed)) == 1
    [line] = re.findall(r"<tr id=[^\n]*", closed)
    assert re.fullmatch(r'<tr id="alarm-\d+" data-at="-?\d+">', line), "a whole tag, and shown"


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR])
def test_who_may_not_care_reads_and_does_nothing_and_knows_of_no_silent_one(
    console: Console, role: Role
) -> None:
    raised(console, cue(console, FORCED), cue(console, AlarmKind.KEY_AREA_PERSON, subject="ce-0001"))
    client, number = english(console, role), number_of(console, FORCED)
    page = client.get("/alarms").text
    assert [line.split("·")[0] for line in lines(page)]
    assert "key area" not in page
    english(console).post(f"/alarms/{number}/snooze", data={"minutes": "5", "why": "Mr Li looks"})
    shown = client.get(f"/alarms/{number}").text
    assert "put off by" in shown
    assert "Mr Li" not in shown, "what carers write to each other is theirs"
    assert "/take" not in page + shown
    assert client.post(f"/alarms/{number}/take").status_code == 404
    assert client.get(f"/alarms/{number_of(console, AlarmKind.KEY_AREA_PERSON)}").status_code == 404


def test_nobody_is_sent_for_a_silent_alarm_and_the_page_says_why(console: Console) -> None:
    raised(console, cue(console, AlarmKind.DURESS))
    client, number = english(console, Role.OPERATOR), number_of(console, AlarmKind.DURESS)
    page = client.get(f"/alarms/{number}").text
    assert "A silent alarm" in page
    assert f"/alarms/{number}/send" not in page
    assert "tell somebody yourself" in client.post(f"/alarms/{number}/send").text


def test_an_alarm_shows_its_evidence_and_what_went_of_it(console: Console) -> None:
    with console.store.reading() as connection:
        chain = connection.execute(sa.text("SELECT min(number) FROM chain")).scalar_one()
    raised(
        console, cue(console, FORCED, evidence=((chain, 3), (chain, 999_999)), values={"what": "intrusion"})
    )
    page = english(console).get(f"/alarms/{number_of(console, FORCED)}").text
    assert re.search(r'<a href="/gates/[^"]+before=4">[^<]+ #3</a>', page)
    assert "event 999999: of another history of the journal" in text_of(page)
    assert "Somebody passed a shut barrier" in page


def test_the_figures_are_words_and_times_and_name_no_site_that_is_out_of_sight(console: Console) -> None:
    town = console.town
    values: dict[str, str | int] = {"other": town.other.file.id, "since": town.now - 90 * MINUTE}
    raised(console, cue(console, AlarmKind.COUNTED_TWICE, values=values))
    address = f"/alarms/{number_of(console, AlarmKind.COUNTED_TWICE)}"
    whole = text_of(english(console).get(address).text)
    assert f"Also inside {town.other.file.name} There since 07:30:00" in whole
    theirs = text_of(english(console, Role.OPERATOR, town.street).get(address).text)
    assert "Also inside a site that you may not see" in theirs
    assert town.other.file.id not in theirs
    raised(console, cue(console, AlarmKind.ISOLATION_EXIT, values={"how": "unaware"}))
    page = english(console).get(f"/alarms/{number_of(console, AlarmKind.ISOLATION_EXIT)}").text
    assert "What it was let out by a gate that did not know yet" in text_of(page)


def test_an_open_page_hears_of_an_alarm_and_aloud_of_a_grave_one_once(console: Console) -> None:
    with console.store.reading() as connection:
        begin = newest_step(connection)
    client = english(console)
    with client.stream("GET", f"/alarms/stream?from={begin}") as answer:
        raised(console, cue(console, FORCED))
        line, aloud, news = events_of(answer, 3)
    assert "Barrier forced" in line["data"]
    assert 'role="alert"' in aloud["data"]
    assert '<span id="alarm-count">1</span>' in news["data"]
    raised(console, cue(console, DARK, ago=9 * MINUTE))
    with client.stream("GET", "/alarms/stream", headers={"last-event-id": news["id"]}) as answer:
        line, news = events_of(answer, 2)
    assert "Gate without a link" in line["data"]
    raised(console, CauseGone(DARK, console.town.gate.device, console.town.now), after=SECOND)
    with client.stream("GET", "/alarms/stream", headers={"last-event-id": news["id"]}) as answer:
        line, news = events_of(answer, 2)
    assert " hidden>" in line["data"].partition("<td")[0]


def test_another_street_hears_of_nothing(console: Console) -> None:
    client = english(console, Role.OPERATOR, console.town.elsewhere)
    with console.store.reading() as connection:
        begin = newest_step(connection)
    raised(console, cue(console, FORCED))
    with client.stream("GET", f"/alarms/stream?from={begin}") as answer:
        [news] = events_of(answer, 1)
    assert "Barrier" not in news["data"]
    assert '<span id="alarm-count">0</span>' in news["data"]


def test_every_kind_and_step_has_its_words() -> None:
    assert {*KINDS} == {*AlarmKind}
    assert {*ALARM_STEPS} == {*StepKind}


@pytest.mark.parametrize(
    "address", ["/alarms/0", "/alarms/-1", "/alarms/99999999999999999999", "/alarms?place=x&kind=y"]
)
def test_what_is_none_is_not_found_and_breaks_nothing(console: Console, address: str) -> None:
    assert english(console).get(address).status_code in {200, 404}


@pytest.fixture
def alarmed(console: Console) -> Console:
    raised(console, cue(console, DARK, ago=9 * MINUTE), cue(console, AlarmKind.TAMPERED, ago=2 * MINUTE))
    return console


def test_a_grave_alarm_reaches_the_overview_and_is_taken_by_its_key(alarmed: Console, browser: Any) -> None:
    page = alarmed.page(browser, viewport={"width": 1440, "height": 900}, locale="en")
    page.goto("/overview", wait_until="load")
    assert page.locator("#alarm-list tr").count() == 2
    raised(alarmed, cue(alarmed, FORCED, ago=MINUTE))
    page.locator("#alarm-alert[role=alert]", has_text="Barrier forced").wait_for()
    page.locator("#alarm-list tr", has_text="Barrier forced").wait_for()
    expect(page.locator("#alarm-count")).to_have_text("3")
    listed = page.locator("#alarm-list tr strong:not(.uncared)")
    expect(listed).to_have_text(["Housing opened", "Barrier forced", "Gate without a link"])
    page.keyboard.press("a")
    page.wait_for_url("**/alarms/*")
    assert "taken by" in page.locator(".facts").inner_text()
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto("/overview", wait_until="load")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    top = page.locator(".alarms-first").bounding_box()["y"]
    assert top < page.locator("#places").bounding_box()["y"], "on a phone alarms come before places"
    assert "3" in page.locator("nav.bottom a", has_text="Alarms").inner_text()


# --- rules ---

RULE = {
    "kind": "denied_at_several",
    "severity": "1",
    "raises": "yes",
    "day": [*"1234567"],
    "after": "0",
    "after_unit": "min",
    "threshold": "2",
    "within": "10",
    "within_unit": "min",
    "escalate_after": "30",
    "escalate_after_unit": "min",
    "snooze_most": "4",
    "snooze_most_unit": "h",
    "most_open": "50",
    "why": "two are enough here",
}


def test_a_rule_is_tried_and_changes_nothing_then_saved_by_name_and_reason(console: Console) -> None:
    client = english(console)
    tried = client.post("/alarms/rules", data=RULE | {"act": "try"})
    assert "would have raised 0 alarms" in text_of(tried.text)
    assert "Nothing has been changed yet" in text_of(tried.text)
    assert 'name="threshold" inputmode="numeric" maxlength="9" size="9"' in tried.text
    assert re.search(r'name="threshold"[^>]* value="2"', tried.text), "what was typed stays"
    assert re.search(r'name="within_unit".*?<option value="min" selected>', tried.text, re.DOTALL)
    saved = client.post("/alarms/rules", data=RULE | {"place": str(console.town.street)})
    assert saved.status_code == 303
    page = client.get("/alarms/rules").text
    assert "kind=denied_at_several&amp;number=1" in page
    assert page.count("comes with Gatepost") == len(AlarmKind)
    with console.store.reading() as connection:
        [noted] = entries(connection, EVERYWHERE, kind="alarm_rule")
    assert (noted.act, noted.why, noted.about.place) == ("set_alarm_rule", RULE["why"], console.town.street)
    assert noted.detail["settings"] == {
        "threshold": 2,
        "within": 600,
        "escalate_after": 1800,
        "snooze_most": 14400,
    }
    again = client.get("/alarms/rules/edit?kind=denied_at_several&number=1").text
    assert re.search(r'name="within"[^>]* value="10"', again)
    assert client.post("/alarms/rules/1/remove", data={"why": "tried enough"}).status_code == 303
    assert "number=1" not in client.get("/alarms/rules").text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"day": ["8"]}, "choose one day at least"),
        ({"day": []}, "choose one day at least"),
        ({"begins": "25:00"}, "a time of day is expected here"),
        ({"threshold": ""}, "a whole number is expected here, got –"),
        ({"threshold": "-1"}, "a whole number is expected here, got -1"),
        ({"threshold": "9" * 10}, "a whole number is expected here, got 9999999999"),
        ({"threshold": "0"}, "1 to 1000000 is expected here, got 0"),
        ({"within": "soon"}, "a whole number is expected here, got soon"),
        ({"within": "8", "within_unit": "day"}, "1 min to 7 days is expected here, got 8 days"),
        ({"within_unit": "week"}, "a unit is expected here: s, min, h, days"),
        ({"why": " "}, "say why"),
        ({"why": "x" * 301}, "the reason has 301 characters, at most 300"),
        ({"place": "99999"}, "no rule can be set for that place"),
        ({"number": "99999"}, "there is no rule 99999"),
    ],
)
def test_a_rule_that_cannot_be_says_what_is_wrong(
    console: Console, changed: dict[str, str | list[str]], said: str
) -> None:
    answer = english(console).post("/alarms/rules", data=RULE | changed)
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    with console.store.reading() as connection:
        assert connection.execute(sa.select(alarm_rule)).all() == []


def test_what_is_wrong_is_said_in_the_language_of_the_page(console: Console) -> None:
    client = console.client(Role.ADMINISTRATOR)
    client.headers["accept-language"] = "zh"
    wrong = {"within": "8", "within_unit": "day", "escalate_after_unit": "week"}
    page = text_of(client.post("/alarms/rules", data=RULE | wrong).text)
    assert "此处应在 1 分钟 至 7 天 之间，收到 8 天" in page
    assert "秒、分钟、小时、天" in page


def test_how_messages_go_is_said_in_the_language_of_the_page(console: Console) -> None:
    kind, now = AlarmKind.DELIVERY_FAILED, console.town.now
    raised(console, Cue(kind, None, None, "mail", now, values={"way": "mail", "count": 3}))
    with console.store.reading() as connection:
        query = sa.select(alarm.c.number).where(alarm.c.kind == kind.value)
        number = connection.execute(query).scalar_one()
    client = console.client(Role.ADMINISTRATOR)
    client.headers["accept-language"] = "zh"
    page = text_of(client.get(f"/alarms/{number}").text)
    assert "邮件" in page
    assert "mail" not in page


@pytest.mark.parametrize(("name", "value"), [("why", "x" * 301), ("why", "x" * 601), ("place", "99999")])
def test_a_reason_that_is_too_long_and_a_place_that_is_not_theirs_lose_nothing_either(
    console: Console, name: str, value: str
) -> None:
    page = english(console).post("/alarms/rules", data=RULE | {"within": "20", name: value}).text
    assert f'id="{name}-wrong"' in page
    assert re.search(r'name="within"[^>]* value="20"', page)
    kept = value if name == "why" else RULE["why"]
    assert re.search(rf'name="why"[^>]* value="{kept}"', page)


def test_what_is_wrong_stands_at_its_field_and_nothing_that_was_typed_is_lost(console: Console) -> None:
    wrong = RULE | {"threshold": "two", "within": "20", "escalate_after": "31", "escalate_after_unit": "day"}
    page = english(console).post("/alarms/rules", data=wrong).text
    assert re.search(r'name="threshold"[^>]* value="two"[^>]* aria-invalid="true"', page)
    assert 'id="threshold-wrong"' in page
    assert 'id="escalate_after-wrong"' in page
    assert "within-wrong" not in page
    assert re.search(r'name="within"[^>]* value="20"', page)
    assert re.search(r'name="why"[^>]* value="two are enough here"', page)


@pytest.mark.parametrize("kind", [*AlarmKind])
def test_each_kind_shows_its_own_parameters_with_bounds_and_default(read_console: Console, kind: str) -> None:
    page = english(read_console).get(f"/alarms/rules/edit?kind={kind}").text
    names = {each.name for each in parameters_of(AlarmKind(kind))}
    for name in Settings.__struct_fields__:
        assert (f'name="{name}"' in page) == (name in names), name
        assert (f'id="{name}-hint"' in page) == (name in names), name


def test_whom_a_rule_of_key_areas_names_is_said_in_fields(console: Console) -> None:
    of_people = {"addresses": "3/2, 4", "groups": "returned,\nvisitor", "sites": ""}
    rule = RULE | of_people | {"kind": "key_area_person"}
    long = english(console).post("/alarms/rules", data=rule | {"sites": "x" * 65})
    assert "at most, of 1 to 64" in long.text
    assert english(console).post("/alarms/rules", data=rule).status_code == 303
    with console.store.reading() as connection:
        [held] = rules_in(connection, EVERYWHERE)
    assert held.settings.addresses == ("3/2", "4")
    assert held.settings.groups == ("returned", "visitor")
    assert not held.settings.dispatch, "of a silent alarm nobody is sent: the form has no such field"


def test_a_rule_of_everywhere_is_for_those_who_see_everything(console: Console) -> None:
    client = english(console, Role.ADMINISTRATOR, console.town.street)
    assert client.post("/alarms/rules", data=RULE).status_code == 422
    assert client.post("/alarms/rules", data=RULE | {"place": str(console.town.elsewhere)}).status_code == 422
    assert client.post("/alarms/rules", data=RULE | {"place": str(console.town.street)}).status_code == 303
