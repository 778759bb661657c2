"""Imports in the console: a list is shown before anything changes, corrected by offers, then imported."""

from __future__ import annotations

import html
from datetime import date
from io import BytesIO
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import xlsxwriter
from msgspec.structs import replace
from python_calamine import CalamineWorkbook

from edge.admin.imports.cells import Made
from sync.central.accounts.core.roles import Role
from sync.central.imports.core import packed, unpacked
from sync.central.imports.tables import upload
from sync.central.people.erasures import note_erasure
from sync.central.people.subjects import put_subject, subjects_of
from tests.edge.web.judging import AXE, findings
from tests.edge.web.said import english_on
from tests.sync.another_server import take_over
from tests.sync.central.web.conftest import Console

LIST = """id,name,address,valid_until
N-1,李娜,8/2/301,2026-06-01
N-2,吴波,8栋2单元302,2026/6/1
N-3,=HYPERLINK(1),6/1/1,31/02/2027
N-4,<script>alert(1)</script>,6/1/2,
N-1,李娜,8/2/301,
"""
LIBRARIES = ("unexpected end of data", "Cannot detect file format")
"""What readers of CSV and of workbooks say stays as they say it."""


class Desk:
    """A registrar who imports lists to the town's first site."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.site = console.town.site.file.id
        self.client = console.client(Role.REGISTRAR, console.town.street)
        self.client.headers["accept-language"] = "en"

    def upload(self, data: bytes, name: str = "list.csv", site: str = "", **form: Any) -> httpx.Response:
        fields = {"site": site or self.site, **form}
        return self.client.post("/imports", data=fields, files={"file": (name, data)})

    def people(self) -> set[str]:
        with self.console.store.reading() as connection:
            return {record.id for record in subjects_of(connection, self.site)}


@pytest.fixture
def desk(console: Console) -> Desk:
    return Desk(console)


def test_a_list_is_shown_in_gbk_and_changes_nothing(desk: Desk) -> None:
    before = desk.people()
    answer = desk.upload(LIST.encode("gbk"), "C:\\lists\\住户.csv")
    assert answer.status_code == 303
    said = html.unescape(desk.client.get(answer.headers["location"]).text)
    assert "Nothing has been changed yet" in said
    assert "GB" in said
    assert "住户.csv" in said
    assert "C:\\" not in said
    assert "<script>alert" not in desk.client.get(answer.headers["location"]).text
    assert "2026-06-01" in said, "what is offered for 2026/6/1"
    assert desk.people() == before


def test_the_wrong_rows_are_downloaded_as_text_that_is_not_computed(desk: Desk) -> None:
    address = desk.upload(LIST.encode()).headers["location"]
    data = desk.client.get(f"{address}/wrong.xlsx").content
    [head, *rows] = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()
    assert head[:4] == ["line", "column", "name", "cell"]
    assert ["4", "B", "name", "=HYPERLINK(1)"] in [row[:4] for row in rows]


WRONG = [
    ("id,name\n,x\n", "缺少编号"),
    ("id,name\nN-1,x,y\n", "共 2 列，却有 3 个单元格，最后一个是 'y'"),
    ("id,valid_until\nN-1,31/02/2027\n", "列 valid_until：'31/02/2027' 不是时间（请写 2026-03-01"),
    (
        "id,valid_from,valid_until\nN-1,2026-03-02,2026-03-01\n",
        "'2026-03-01' 不晚于 valid_from 的 '2026-03-02'",
    ),
    ("id,status\nN-1,blue\n", "没有状态 'blue'"),
    ("id,language\nN-1,!\n", "列 language：'!' 不是语言代码"),
    ("id,photos\nN-1,a.jpg\n", "照片不能在这里导入"),
    ("id,name\nN-1,x\nN-1,x\n", "列 id：'N-1' 已在第 2 行"),
    ("id,name\nN-1,=1+1\n", "列 name：'=1+1' 是公式"),
]
"""A list with a wrong cell, and what is said of it."""


@pytest.mark.parametrize(("data", "said"), WRONG)
def test_what_is_wrong_with_a_cell_is_said_in_chinese(desk: Desk, data: str, said: str) -> None:
    desk.client.headers["accept-language"] = "zh"
    address = desk.upload(data.encode()).headers["location"]
    page = desk.client.get(address).text
    assert said in html.unescape(page)
    assert "CSV，UTF-8，以逗号分隔" in page
    assert english_on(page) == []
    kept = desk.client.get(f"{address}/wrong.xlsx").content
    [head, row, *_] = CalamineWorkbook.from_filelike(BytesIO(kept)).get_sheet_by_index(0).to_python()
    assert head == ["行", "列", "列名", "单元格", "问题", "建议改为"]
    assert said in str(row[4])


@pytest.mark.parametrize("made", [Made.MOMENT, Made.LONG, Made.REAL, Made.TRUTH])
def test_what_a_spreadsheet_made_of_a_cell_is_said_in_chinese(desk: Desk, made: Made) -> None:
    values = {Made.MOMENT: date(2026, 3, 1), Made.LONG: 10**17, Made.REAL: 1.5, Made.TRUTH: True}
    file = BytesIO()
    with xlsxwriter.Workbook(file) as workbook:
        sheet = workbook.add_worksheet("people")
        sheet.write_row(0, 0, ["id"])
        sheet.write(
            1,
            0,
            values[made],
            workbook.add_format({"num_format": "yyyy-mm-dd"} if made is Made.MOMENT else {}),
        )
        workbook.add_worksheet("more").write(0, 0, "x")
    desk.client.headers["accept-language"] = "zh"
    page = desk.client.get(desk.upload(file.getvalue(), "list.xlsx").headers["location"]).text
    assert "请把该列设为文本格式" in page
    assert "工作簿，工作表 people；未读取：more" in page
    assert english_on(page) == []


def test_only_a_cell_without_text_is_said_to_be_empty(desk: Desk) -> None:
    surplus = desk.client.get(desk.upload(b"id,name\nN-1,x,y\n").headers["location"]).text
    nothing = desk.client.get(desk.upload(b"id,name\n,x\n").headers["location"]).text
    assert '<code class="as-written">empty</code>' not in surplus
    assert '<code class="as-written">empty</code>' in nothing


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"\x00\x01", b"name\nx\n", b'id\n"x'])
def test_what_is_no_list_is_said_in_chinese(desk: Desk, data: bytes) -> None:
    desk.client.headers["accept-language"] = "zh"
    answer = desk.upload(data)
    assert answer.status_code == 422
    assert [said for said in english_on(answer.text) if said not in LIBRARIES] == []


def test_a_plan_that_an_older_version_kept_is_shown(desk: Desk) -> None:
    address = desk.upload(b"id,name\n,x\n").headers["location"]
    with desk.console.store.writing() as connection:
        held = unpacked(connection.execute(sa.select(upload.c.plan)).scalar_one())
        problems = tuple(replace(each, said="") for each in held.problems)
        older = replace(held, problems=problems, said_kind=None)
        connection.execute(sa.update(upload).values(plan=packed(older)))
    page = html.unescape(desk.client.get(address).text)
    assert "the id is missing" in page
    assert "CSV, UTF-8, separated by commas" in page


def test_offers_are_taken_and_the_good_rows_imported(desk: Desk) -> None:
    address = desk.upload(LIST.encode()).headers["location"]
    assert desk.client.post(f"{address}/apply").status_code == 422, "rows are wrong"
    desk.client.post(f"{address}/fix", data={"cell": "3.address"})
    desk.client.post(f"{address}/fix", data={"everything": "true"})
    desk.client.post(f"{address}/plan")
    done = desk.client.post(f"{address}/apply", data={"only_good": "true"})
    assert done.headers["location"] == "/imports?done=2.0.3"
    assert {"N-1", "N-2"} <= desk.people()
    assert not {"N-3", "N-4"} & desk.people()
    assert "2 added, 0 changed, 3 rows left out" in desk.client.get(done.headers["location"]).text
    assert desk.client.get(address).status_code == 404


def test_what_changed_since_is_planned_anew_and_said(desk: Desk) -> None:
    address = desk.upload(b"id,name\nN-1,Li Na\n").headers["location"]
    with desk.console.store.writing() as connection:
        put_subject(connection, desk.site, desk.console.town.person, desk.console.town.now)
        changed = desk.console.town.person
        put_subject(connection, desk.site, type(changed)("other"), desk.console.town.now)
    again = desk.client.post(f"{address}/apply")
    assert again.headers["location"] == f"{address}?anew=1"
    assert "Nothing was imported" in desk.client.get(again.headers["location"]).text
    assert "N-1" not in desk.people()


def test_many_statuses_wait_for_a_second_person_and_it_is_said_before(desk: Desk) -> None:
    rows = "".join(f"{person.id},yellow\n" for person in desk.console.town.site.people[:9])
    address = desk.upload(f"id,status\n{rows}".encode(), take="status").headers["location"]
    assert "A second person has to approve" in desk.client.get(address).text
    assert desk.client.post(f"{address}/apply").headers["location"].startswith("/imports?waits=")


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "columns"), (b"\x00\x01", ""), (b"name\nx\n", "columns"), (b"PK\x03\x04", "")]
)
def test_what_is_no_list_is_said(desk: Desk, data: bytes, said: str) -> None:
    answer = desk.upload(data)
    assert 400 <= answer.status_code < 500
    assert said in answer.text


def test_nobody_imports_to_another_street(desk: Desk) -> None:
    other = desk.console.town.other.file.id
    assert desk.upload(LIST.encode(), site=other).status_code == 404
    address = desk.upload(LIST.encode()).headers["location"]
    stranger = desk.console.client(Role.REGISTRAR, desk.console.town.elsewhere)
    assert stranger.get(address).status_code == 404


def test_an_erased_person_has_a_receipt_that_can_be_checked(desk: Desk) -> None:
    person = desk.console.town.person
    address = f"/people/{desk.site}/{person.id}"
    desk.client.post(f"{address}/look", data={"purpose": "correction", "reference": "E-1"})
    page = desk.client.get(address).text
    seen = html.unescape(page.partition('name="seen" value="')[2].partition('"')[0])
    erased = desk.client.post(f"{address}/erase", data={"seen": seen, "why": "asked for it"})
    assert erased.status_code == 303
    assert person.id not in desk.people()
    said = html.unescape(desk.client.get(address, follow_redirects=True).text)
    assert "asked for it" in said
    assert "not confirmed" in said, "no version was published since"
    assert person.name not in said


def test_no_receipt_is_signed_that_another_server_confirms(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk.console.store.writing() as connection:
        note_erasure(
            connection, desk.site, "gone-1", {}, actor="x", why="a request", now=desk.console.town.now
        )
    address = f"/people/{desk.site}/gone-1/erasure/receipt"
    assert desk.client.get(address).status_code == 200
    take_over(monkeypatch)
    for language, words in (("en", "No standby has it yet"), ("zh", "备用数据库尚未保存")):
        refused = desk.client.get(address, headers={"accept-language": language})
        assert refused.status_code == 503
        assert words in refused.text
        assert "another server took over" not in refused.text, "what names the database is for the log"


def test_a_list_with_errors_is_imported_in_a_browser_by_the_keyboard(desk: Desk, browser: Any) -> None:
    page = desk.console.page(browser, Role.REGISTRAR, desk.console.town.street)
    page.goto("/imports")
    page.get_by_label("Site", exact=True).fill(desk.site)
    page.locator("input[type=file]").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    )
    page.get_by_role("button", name="Show what would change").click()
    page.get_by_text("Nothing has been changed yet").wait_for()
    page.keyboard.press("f")
    page.get_by_text("1 offer taken").wait_for()
    page.get_by_role("button", name="Take 1 offer").click()
    page.get_by_text("2 offers taken").wait_for()
    page.evaluate(AXE)
    assert findings(page) == []
    page.set_viewport_size({"width": 360, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="Plan again with what was taken").click()
    page.get_by_text("Import the rows without errors").click()
    page.get_by_role("button", name="Import them").click()
    page.get_by_text("2 added, 0 changed, 3 rows left out").wait_for()
    assert {"N-1", "N-2"} <= desk.people()
