"""Address codes in the database: imported all or none, listed in order and in sight, compared."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from edge.admin.site_file import SiteFile
from edge.errors import RegistryError
from edge.support.phrases import phrase
from sync.central.accounts.actor import command_line_actor
from sync.central.configuration import ChangesSection
from sync.central.devices.devices import put_site
from sync.central.imports.uploads import keep_upload, upload_at
from sync.central.places.addresses import (
    AddressTable,
    add_addresses,
    address_counts,
    addresses,
    apply_import,
    plan_import,
    read_addresses,
    remove_address,
    unlisted,
)
from sync.central.places.core.addresses import AddressKind
from sync.central.places.sight import EVERYWHERE, Sight
from sync.central.places.tree import place_at
from sync.central.store import Store, StoreError
from tests.examples import LONG

SITE = "green-court"
NOW = 1_790_000_000_000_000


def imported(store: Store, file: Path, *, without_wrong: bool = False) -> int:
    with store.writing() as connection:
        return apply_import(
            connection, plan_import(connection, SITE, read_addresses(file)), without_wrong=without_wrong
        )


def listed(store: Store) -> list[str]:
    with store.reading() as connection:
        return [item.code for item in addresses(connection, EVERYWHERE, SITE)]


def in_gbk(path: Path) -> None:
    path.write_bytes("building;unit;room\n3号楼;2单元;301室\n".encode("gbk"))


def with_a_mark(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfbuilding,unit,room\r\n\xef\xbc\x93,2,301\r\n")


def a_workbook(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["building", "unit", "room"])
        sheet.write_row(1, 0, [3, 2, 301])


@pytest.mark.parametrize("write", [in_gbk, with_a_mark, a_workbook])
def test_a_table_of_any_make_is_imported_once(store: Store, tmp_path: Path, write: object) -> None:
    assert callable(write)
    write(tmp_path / "rooms")
    assert imported(store, tmp_path / "rooms") == 3
    assert listed(store) == ["3", "3/2", "3/2/301"]
    assert imported(store, tmp_path / "rooms") == 0, "a second time it is known"


def test_a_formula_in_a_workbook_is_no_address(store: Store, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["building", "unit", "room"])
        sheet.write_row(1, 0, ["3", "2"])
        sheet.write_formula(1, 2, "=cmd|' /C calc'!A0", value="=cmd|' /C calc'!A0")
    with pytest.raises(StoreError, match="line 2, column room"):
        imported(store, tmp_path / "x.xlsx")


@pytest.mark.longer
def test_a_hundred_thousand_rows_with_37_wrong_ones_are_named_and_nothing_is_half_done(
    store: Store, tmp_path: Path
) -> None:
    rows = 100_000 if LONG else 20_000
    wrong = range(1000, 1000 + 37 * rows // 50, rows // 50)
    lines = ["building,unit,room"]
    lines += [f"{row // 1000},{row // 100 % 10},{row % 100 + 1}" for row in range(rows)]
    for row in wrong:
        lines[row] += " 李"
    (tmp_path / "rooms.csv").write_text("\n".join(lines))
    with store.reading() as connection:
        wanted = plan_import(connection, SITE, read_addresses(tmp_path / "rooms.csv"))
    plan = wanted.plan
    assert [problem.line for problem in plan.problems] == [row + 1 for row in wrong]
    assert (len(plan.named), {problem.column for problem in plan.problems}) == (rows - 37, {"room"})
    with (
        pytest.raises(StoreError, match="37 lines are wrong, the first is line 1001"),
        store.writing() as connection,
    ):
        apply_import(connection, wanted)
    assert listed(store) == []


def test_the_good_lines_are_taken_without_the_wrong_ones_where_that_is_said(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "rooms.csv").write_text("building,unit,room\n1,1,101\n1,1,小王\n1,1,102\n")
    assert imported(store, tmp_path / "rooms.csv", without_wrong=True) == 4
    assert listed(store) == ["1", "1/1", "1/1/101", "1/1/102"]


def test_what_is_no_such_table_or_no_site_is_said(store: Store, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("name,unit\n")
    with pytest.raises(RegistryError, match="columns name, unit"):
        read_addresses(tmp_path / "x.csv")
    with pytest.raises(StoreError, match="there is no site 'x'"), store.writing() as connection:
        plan_import(connection, "x", AddressTable(phrase("csv"), ()))


def test_codes_are_listed_page_by_page_found_and_counted_in_sight_only(store: Store) -> None:
    with store.writing() as connection:
        put_site(connection, SiteFile("other"))
        add_addresses(connection, "other", ["9"])
        add_addresses(connection, SITE, ["10", "2", "2/1", "2/1/1001", "2/1/201"])
        first = addresses(connection, EVERYWHERE, SITE, count=2)
        rest = addresses(connection, EVERYWHERE, SITE, after=first[-1].position)
        assert [item.code for item in (*first, *rest)] == ["2", "2/1", "2/1/201", "2/1/1001", "10"]
        assert len(addresses(connection, EVERYWHERE, SITE, within="2/1/")) == 2
        shanghai = Sight(frozenset({place_at(connection, "Shanghai")}))
        assert address_counts(connection, shanghai) == {
            SITE: {AddressKind.BUILDING: 2, AddressKind.UNIT: 1, AddressKind.ROOM: 2}
        }
        assert addresses(connection, shanghai, "other") == []


def test_a_code_goes_with_all_that_lies_in_it(store: Store) -> None:
    with store.writing() as connection:
        add_addresses(connection, SITE, ["2", "2/1", "2/1/201", "20", "20/1"])
        assert remove_address(connection, SITE, "2") == 3
    assert listed(store) == ["20", "20/1"]
    with pytest.raises(StoreError, match="there is no address '2'"), store.writing() as connection:
        remove_address(connection, SITE, "2")


def test_an_address_that_no_code_names_is_found_where_the_site_has_codes(store: Store) -> None:
    given = ["2/1/201", "２栋/1单元/0201", "2/1/202", "behind the shop", ""]
    with store.writing() as connection:
        assert unlisted(connection, SITE, given) == frozenset(), "a site without codes checks nothing"
        add_addresses(connection, SITE, ["2", "2/1", "2/1/201"])
        assert unlisted(connection, SITE, given) == {"2/1/202", "behind the shop"}


def test_a_list_of_people_is_warned_of_addresses_that_no_code_names(store: Store) -> None:
    data = b"id,name,address\na,A,2/1/201\nb,B,9/9/9\nc,C,\n"
    clerk = command_line_actor("zhang")

    def warned() -> tuple[tuple[int, str], ...]:
        number = keep_upload(store, clerk, SITE, "list.csv", data, (), NOW, ChangesSection())
        with store.reading() as connection:
            kept = upload_at(connection, EVERYWHERE, number, NOW)
        assert kept is not None
        assert kept.plan.good_rows == 3
        return kept.plan.unlisted

    assert warned() == (), "a site without codes checks nothing"
    with store.writing() as connection:
        add_addresses(connection, SITE, ["2", "2/1", "2/1/201"])
    assert warned() == ((3, "9/9/9"),)
