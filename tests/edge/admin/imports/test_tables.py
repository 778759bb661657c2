"""Tables as people's programs write them: what is recognised, and which row and column is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from edge.admin.imports.dry_run import tried
from edge.admin.imports.importing import import_file
from edge.admin.imports.photographs import ImportReport
from edge.admin.imports.rows import photographs_of
from edge.admin.imports.tables import read_table
from edge.admin.site_admin import SiteAdmin, SiteFile, init_site
from edge.decision import Subject
from edge.errors import RegistryError
from edge.lane.configuration import LaneDirection
from edge.vision.configuration import FaceEngineName

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def admin(tmp_path: Path) -> SiteAdmin:
    return init_site(tmp_path / "site", SiteFile("green-court"), {"main": LaneDirection.ENTRY}, NOW)


def brought_in(admin: SiteAdmin, folder: Path, data: str | bytes, name: str = "people.csv") -> ImportReport:
    table = folder / name
    table.write_bytes(data.encode() if isinstance(data, str) else data)
    return import_file(admin, table, FaceEngineName.NONE)


PEOPLE = "id,name,groups\nli-na,李娜,resident\nwang-wei,王伟,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize(("separator", "words"), [(",", "commas"), (";", "semicolons"), ("\t", "tabs")])
def test_encoding_and_separator_are_recognised_and_said(
    admin: SiteAdmin, tmp_path: Path, encoding: str, separator: str, words: str
) -> None:
    report = brought_in(admin, tmp_path, PEOPLE.replace(",", separator).encode(encoding))
    assert report.problems == ()
    assert {subject.id: subject.name for subject in admin.store.every()} == {
        "li-na": "李娜",
        "wang-wei": "王伟",
    }
    said = {"utf-8-sig": "UTF-8", "gb18030": "GBK"}.get(encoding, encoding.upper())
    assert report.notes[0].endswith(f"people.csv: CSV, {said}, separated by {words}")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-32"])
def test_an_encoding_that_is_not_known_is_refused_and_not_guessed(
    admin: SiteAdmin, tmp_path: Path, encoding: str
) -> None:
    text = "id,name\n1,José García\n2,Jürgen Müller\n3,Zoë Größe\n"
    with pytest.raises(RegistryError, match=r"people\.csv: (not UTF-8, UTF-16 or GBK|has columns)"):
        brought_in(admin, tmp_path, text.encode(encoding))


REFUSED = {
    "surplus cells": ("id,name,address\na,Li, Na,3-2\n", 2, "4 cells for 3 columns.*'3-2'"),
    "a shortened number": ("id,name\n1.10101E+17,张三\n", 2, "column id: '1.10101E[+]17' is a number that"),
    "a slash": ("id\n3/2/301\n", 2, "column id: '3/2/301'.*3-2-301"),
    "a backslash": ("id\n3\\2\n", 2, "column id: "),
    "the folder above": ("id\n..\n", 2, "column id: "),
    "full-width digits": ("id\n１２３\n", 2, r"column id: .*looks like '123'"),
    "another Unicode form": ("id\ncafe\u0301\n", 2, r"column id: 'cafe\\u0301' looks like 'café'"),
    "an id that is missing": ("id,name\n,A\n", 2, "column id: the id is missing"),
    "what cannot be printed": ("id,name\na,A\x1b[31m\n", 2, r"column name: .*printed"),
    "reversed validity": (
        "id,valid_from,valid_until\na,2026-12-31,2026-01-05\n",
        2,
        "column valid_until: '2026-01-05' is not after valid_from, '2026-12-31'",
    ),
    "no time": ("id,valid_until\na,tomorrow\n", 2, "column valid_until: 'tomorrow'.*2026-03-01"),
    "no status": ("id,status\na,purple\n", 2, "column status: .*'purple'.*green"),
    "no language": ("id,language\na,中文!\n", 2, "column language: "),
    "the same id again": ("id\na\n\na\n", 4, "'a' already"),
    "a photograph above": ("id,photos\na,../b.jpg\n", 2, "column photos: .*outside the table's folder"),
    "a photograph elsewhere": ("id,photos\na,/etc/b.jpg\n", 2, "column photos: .*outside"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_meant_is_refused_by_row_and_column(
    admin: SiteAdmin, tmp_path: Path, case: str
) -> None:
    text, line, words = REFUSED[case]
    report = brought_in(admin, tmp_path, text)
    [problem] = report.problems
    assert f"people.csv, line {line}: " in problem
    with pytest.raises(RegistryError, match=words):
        raise RegistryError(problem)


def test_the_other_rows_are_taken(admin: SiteAdmin, tmp_path: Path) -> None:
    report = brought_in(admin, tmp_path, "id,name\na,A\n1.1E+17,B\nc,C\n")
    assert (report.added, len(report.problems)) == (2, 1)
    assert [subject.id for subject in admin.store.every()] == ["a", "c"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,name,name\na,A,B\n", "columns twice: name"),
        ("id,ID\na,b\n", "columns twice: id"),
        ("id,colour\na,red\n", "colour"),
        ("", "columns without names"),
        ('id,name\na,"A\n', "line 2.*quotation mark"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_as_a_whole(
    admin: SiteAdmin, tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(RegistryError, match=words):
        brought_in(admin, tmp_path, text)
    assert admin.store.every() == []


def test_empty_rows_and_cells_beyond_the_table_are_passed_over(admin: SiteAdmin, tmp_path: Path) -> None:
    report = brought_in(admin, tmp_path, "\n,\nid,name,,\n\n,\na,A,,,\n,,\n\nb,B\n")
    assert report.problems == ()
    assert [subject.id for subject in admin.store.every()] == ["a", "b"]


@pytest.mark.parametrize(
    "cell", ["resident;staff", '"resident, staff"', "resident；staff", "resident、staff"]
)
def test_groups_are_separated_by_any_comma_or_semicolon(admin: SiteAdmin, tmp_path: Path, cell: str) -> None:
    brought_in(admin, tmp_path, f"id,groups\na,{cell}\n")
    assert admin.store.get("a").groups == {"resident", "staff"}


def test_a_group_that_no_rule_names_is_said_once_with_its_first_row(admin: SiteAdmin, tmp_path: Path) -> None:
    report = brought_in(admin, tmp_path, "id,groups\na,resident\nb,residnet\nc,residnet\n")
    assert report.added == 3
    [note] = report.notes[1:]
    assert "line 3: column groups: no rule of policy.toml names 'residnet'" in note


@pytest.mark.parametrize(
    ("cell", "ends"),
    [
        ("2026-11-25", datetime(2026, 11, 25, 16, 0, tzinfo=UTC)),  # midnight after that day in Shanghai
        ("2026-11-25T00:00", datetime(2026, 11, 24, 16, 0, tzinfo=UTC)),
        ("2026-11-25T08:30+00:00", datetime(2026, 11, 25, 8, 30, tzinfo=UTC)),
    ],
)
def test_until_a_day_means_the_end_of_that_day(
    admin: SiteAdmin, tmp_path: Path, cell: str, ends: datetime
) -> None:
    brought_in(admin, tmp_path, f"id,valid_from,valid_until\na,2026-11-20,{cell}\n")
    person = admin.store.get("a")
    assert (person.valid_from, person.valid_until) == (datetime(2026, 11, 19, 16, 0, tzinfo=UTC), ends)


def test_a_link_that_leads_out_of_the_tables_folder_is_outside(tmp_path: Path) -> None:
    (tmp_path / "table").mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"")
    (tmp_path / "table" / "mine.jpg").symlink_to(tmp_path / "secret.jpg")
    with pytest.raises(RegistryError, match="outside"):
        photographs_of({"photos": "mine.jpg"}, tmp_path / "table")
    assert photographs_of({"photos": "a.jpg, b/c.jpg"}, tmp_path) == [
        tmp_path / "a.jpg",
        tmp_path / "b/c.jpg",
    ]


# --- workbooks ---------------------------------------------------------------------------------------


def workbook(
    *rows: list[Any], formats: dict[tuple[int, int], str] | None = None, **others: list[Any]
) -> bytes:
    buffer = io.BytesIO()
    store = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = store.add_worksheet("People")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            form = (formats or {}).get((number, column), "yyyy-mm-dd")
            if isinstance(value, datetime):
                sheet.write_datetime(number, column, value, store.add_format({"num_format": form}))
            else:
                sheet.write(number, column, value)
    for name, row in others.items():
        store.add_worksheet(name).write_row(0, 0, row)
    store.close()
    return buffer.getvalue()


def test_a_workbook_is_read_like_a_table(admin: SiteAdmin, tmp_path: Path) -> None:
    data = workbook(
        ["id", "name", "groups", "valid_until"],
        [],
        [1001, "李娜", "resident, staff", datetime(2026, 11, 25)],  # noqa: DTZ001 - as spreadsheets hold it
        ["b", "王伟"],
        Old=["x"],
    )
    report = brought_in(admin, tmp_path, data, "people.xlsx")
    assert report.problems == ()
    assert report.notes[0].endswith("people.xlsx: workbook, sheet People; not read: Old")
    person = admin.store.get("1001")
    assert (person.name, set(person.groups)) == ("李娜", {"resident", "staff"})
    assert person.valid_until == datetime(2026, 11, 25, 16, 0, tzinfo=UTC)


CHANGED_BY_A_SPREADSHEET: dict[str, tuple[list[Any], str]] = {
    "digits that were lost": (["id"], "column id: .*more than 15 digits"),
    "an address that became a date": (["a", "A", datetime(2026, 3, 2)], "column address: .*a date"),  # noqa: DTZ001
    "an address that became a number": (["a", "A", 3.1], "column address: '3.1' is a number with"),
    "true": ([True], "column id: 'TRUE' is true or false"),
}


@pytest.mark.parametrize("case", CHANGED_BY_A_SPREADSHEET)
def test_what_a_spreadsheet_has_changed_is_refused_by_row_and_column(
    admin: SiteAdmin, tmp_path: Path, case: str
) -> None:
    row, words = CHANGED_BY_A_SPREADSHEET[case]
    row = [110101199001011234] if case == "digits that were lost" else row
    report = brought_in(admin, tmp_path, workbook(["id", "name", "address"], row), "people.xlsx")
    [problem] = report.problems
    assert "people.xlsx, line 2: " in problem
    with pytest.raises(RegistryError, match=f"{words}.*format the column as text"):
        raise RegistryError(problem)


def far_away() -> bytes:
    """A cell in the last row and column: a decoder that makes room for all others needs half a terabyte."""
    buffer = io.BytesIO()
    store = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = store.add_worksheet()
    sheet.write(0, 0, "id")
    sheet.write(1_048_575, 16_383, "x")
    store.close()
    return buffer.getvalue()


@pytest.mark.parametrize(
    "made",
    [
        lambda: b"PK\x03\x04" + bytes(100),
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        workbook,
        far_away,
    ],
    ids=["zip", "xls", "empty", "a cell far away"],
)
def test_a_workbook_that_cannot_be_read_is_refused(
    admin: SiteAdmin, tmp_path: Path, made: Callable[[], bytes]
) -> None:
    data = made()
    with pytest.raises(RegistryError, match=r"people\.xlsx: .*(workbook|sheet).*CSV UTF-8"):
        brought_in(admin, tmp_path, data, "people.xlsx")


# --- a dry run -----------------------------------------------------------------------------------------


def test_a_dry_run_shows_what_would_change_and_changes_nothing(admin: SiteAdmin, tmp_path: Path) -> None:
    admin.store.add(Subject("zhou", name="Zhou"))
    before = {path: path.read_bytes() for path in admin.folder.rglob("*") if path.is_file()}
    table = tmp_path / "people.csv"
    table.write_text("id,name,groups\nli-na,李娜,staff\nzhou,Other,\na/b,No,\n")
    trial = tried(admin, lambda copy: import_file(copy, table, FaceEngineName.NONE))
    assert trial.changes == ("new: li-na name 李娜; groups staff",)
    assert [problem.split(": ")[0].rsplit(" ", 1)[1] for problem in trial.report.problems] == ["3", "4"]
    assert {path: path.read_bytes() for path in admin.folder.rglob("*") if path.is_file()} == before


def test_a_dry_run_names_each_field_that_would_change(admin: SiteAdmin) -> None:
    admin.store.add(Subject("zhou", name="Zhou", groups=frozenset({"resident"})))

    def change(copy: SiteAdmin) -> ImportReport:
        copy.store.change(Subject("zhou", name="Zhou Li", groups=frozenset({"staff"})))
        return ImportReport(0)

    assert tried(admin, change).changes == ("changed: zhou name Zhou → Zhou Li; groups resident → staff",)


# --- the field's files ---------------------------------------------------------------------------------


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "added", "words"),
    [
        ("csv-unquoted-comma.csv", 0, "line 2: has 4 cells for 3 columns"),
        ("csv-groups-comma.csv", 1, ""),
        ("csv-reversed-validity.csv", 0, "line 2: column valid_until"),
        ("csv-scientific.csv", 0, "line 2: column id"),
        ("csv-empty-rows.csv", 1, ""),
    ],
)
def test_tables_of_the_field(admin: SiteAdmin, shared_data: Path, name: str, added: int, words: str) -> None:
    report = import_file(admin, shared_data / "field" / name, FaceEngineName.NONE)
    assert report.added == added
    assert bool(words) is bool(report.problems)
    assert words in "".join(report.problems)


@pytest.mark.shared_data
def test_a_table_of_the_field_with_a_column_twice(shared_data: Path) -> None:
    with pytest.raises(RegistryError, match="columns twice: name"):
        read_table(shared_data / "field" / "csv-duplicate-column.csv")
