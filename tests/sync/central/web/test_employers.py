"""Pages of employers: a list goes from the employer's link to the registrar, and into the registry."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest

from sync.central.accounts.core.roles import Role
from sync.central.people.subjects import subjects_of
from tests.edge.web.judging import AXE, findings
from tests.edge.web.said import english_on
from tests.sync.central.web.conftest import Console

ENGLISH = {"accept-language": "en"}
LIST = "id,name,groups,valid_until\n17,赵工,early,2026-03-20\n18,钱工,late,2026-03-20\n19,孙工,early,\n"
FORM = {
    "site": "central-market",
    "name": "大工厂",
    "until": "2026-03-31",
    "shift": ["early", "", ""],
    "start": ["06:00"] * 3,
    "end": ["14:00"] * 3,
    "days": ["0:monday", "0:friday", "1:monday"],
}


def registered(console: Console) -> list[str]:
    with console.store.reading() as connection:
        return [person.id for person in subjects_of(connection, "central-market") if person.id[0] == "w"]


def send(client: httpx.Client, path: str, data: str = LIST) -> httpx.Response:
    return client.post(path, files={"table": ("名单.csv", data.encode("gbk"))}, headers=ENGLISH)


def employer(client: httpx.Client) -> str:
    made = client.post("/employers", data=FORM)
    assert made.status_code == 303, made.text
    return made.headers["location"]


def test_an_employer_sends_its_list_and_a_registrar_takes_it(console: Console) -> None:
    registrar = console.client(Role.REGISTRAR, console.town.street)
    path = employer(registrar)
    shown = registrar.post(f"{path}/link", headers=ENGLISH).text
    [link] = re.findall(r'class="told">([^<]+)<', shown)
    assert 'id = "employer-1-early"' in html.unescape(shown), "the rule that the policy lacks"
    link = link[link.index("/employers/") :]
    sender = console.client(None)
    answer = send(sender, link)
    assert "a registrar decides" in answer.text
    assert "there is no shift" in html.unescape(answer.text)
    assert "column valid_until" in answer.text
    assert registered(console) == []
    assert "Nothing has been changed yet" in registrar.get("/employers/lists/1", headers=ENGLISH).text
    assert registrar.post("/employers/lists/1/take").status_code == 303
    assert registered(console) == ["w1.17"]
    assert registrar.post("/employers/lists/1/take").status_code == 422, "it is decided"
    for guessed in ("/employers/lists/by/guessed", f"/employers/lists/by/{'x' * 200}"):
        assert sender.get(guessed).status_code == 404
        assert send(sender, guessed).status_code == 404


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("18,钱工,late,2026-03-20", "没有班次 'late'；已有：early"),
        ("18,,early,2026-03-20", "列 name：为空"),
        ("18,钱工,,2026-03-20", "没有写班次"),
        ("18,钱工,early,", "为空：用人单位带来的人须写明到哪一天"),
        ("18,钱工,early,2026-05-20", "晚于用人单位自身的截止日 2026-0"),
        (f"{'8' * 62},钱工,early,2026-03-20", "过长：最多 56 个字符"),
        ("18,钱工,early,soon", "'soon' 不是时间"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_in_the_language_of_who_asks(
    console: Console, row: str, said: str
) -> None:
    registrar = console.client(Role.REGISTRAR, console.town.street)
    path = employer(registrar)
    table = {"table": ("名单.csv", f"id,name,groups,valid_until\n{row}\n".encode())}
    assert registrar.post(f"{path}/lists", files=table).status_code == 303
    page = registrar.get("/employers/lists/1", headers={"accept-language": "zh"}).text
    assert said in html.unescape(page)
    assert english_on(page) == []


def test_who_looks_after_another_street_sends_and_takes_nothing(console: Console) -> None:
    path = employer(console.client(Role.REGISTRAR, console.town.street))
    stranger = console.client(Role.REGISTRAR, console.town.elsewhere)
    assert send(stranger, f"{path}/lists").status_code == 404
    assert stranger.post("/employers", data=FORM).status_code == 404
    assert "大工厂" not in stranger.get("/employers").text


@pytest.mark.parametrize(
    ("data", "says"),
    [("nonsense", "has columns"), ("id,name\n", ""), (LIST + "\0", "")],
)
def test_what_is_no_list_is_said_and_registers_nobody(console: Console, data: str, says: str) -> None:
    registrar = console.client(Role.REGISTRAR, console.town.street)
    answer = send(registrar, f"{employer(registrar)}/lists", data)
    assert answer.status_code in {303, 422}
    assert says in answer.text
    assert registered(console) == []


def test_a_list_is_read_while_somebody_else_writes(console: Console) -> None:
    """A workbook takes up to a minute: nobody's link is a way to have all others wait for it."""
    registrar = console.client(Role.REGISTRAR, console.town.street)
    path = employer(registrar)
    with console.store.writing():
        answer = send(registrar, f"{path}/lists", "nonsense")
    assert (answer.status_code, "has columns" in answer.text) == (422, True)


def test_the_pages_can_be_read_by_everybody(console: Console, browser: Any) -> None:
    registrar = console.client(Role.REGISTRAR, console.town.street)
    path = employer(registrar)
    shown = registrar.post(f"{path}/link").text
    [link] = re.findall(r'class="told">([^<]+)<', shown)
    page = console.page(browser, None, locale="zh-CN", viewport={"width": 360, "height": 740})
    page.goto(link[link.index("/employers/") :])
    page.set_input_files(
        "input[type=file]", {"name": "名单.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    )
    page.get_by_role("button", name="提交名单").click()
    page.get_by_text("名单已提交").wait_for()
    page.evaluate(AXE)
    assert findings(page) == []


def test_who_came_is_shown_and_exported_as_counts_day_by_day(console: Console) -> None:
    registrar = console.client(Role.REGISTRAR, console.town.street)
    path = employer(registrar)
    send(registrar, f"{path}/lists")
    assert registrar.post("/employers/lists/1/take").status_code == 303
    shown = registrar.get(f"{path}/days?since=2026-03-01&until=2026-03-02", headers=ENGLISH)
    assert shown.status_code == 200
    assert "Did not come" in shown.text
    assert "赵工" not in shown.text
    table = registrar.get(f"{path}/days.csv?since=2026-03-01&until=2026-03-02")
    assert table.text.splitlines() == [
        "day,expected,came,outside,missing,not_yet,ended,ended_let_in",
        "2026-03-01,0,0,0,0,0,0,0",
        "2026-03-02,1,0,0,1,0,0,0",
    ]
    assert table.headers["content-type"].startswith("text/csv")
    auditor = console.client(Role.ADMINISTRATOR)
    assert "exported" in auditor.get("/audit", headers=ENGLISH).text
    for wrong in ("since=nonsense", "since=2026-03-02&until=2026-03-01", "since=0001-01-01"):
        refused = registrar.get(f"{path}/days?{wrong}", headers=ENGLISH)
        assert refused.status_code == 422, wrong
    stranger = console.client(Role.REGISTRAR, console.town.elsewhere)
    assert stranger.get(f"{path}/days").status_code == 404
    assert stranger.get(f"{path}/days.csv").status_code == 404
    operator = console.client(Role.OPERATOR, console.town.street)
    assert operator.get(f"{path}/days").status_code == 404
