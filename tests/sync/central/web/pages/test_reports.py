"""A report is made and its proof checked, in Chromium and by the command; who may see what of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sync.central.accounts.core.roles import Role
from sync.central.audit.audit import entries
from sync.central.places.sight import EVERYWHERE
from sync.central.reports.keeping import reports
from sync.central.reports.loop import Maker, ReportLoop
from sync.central.reports.schedules import schedules
from sync.central.web.report_view import ReportPress
from tests.command_line import called
from tests.edge.web.judging import judged
from tests.keys import ed25519
from tests.sync.central.web.conftest import Console, console_over_copy

SINGLE = {"kind": "single", "first": "2026-03-01", "last": "2026-03-03"}


@pytest.fixture(scope="module")
def console(town_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One console for all of these: each asks for reports of its own."""
    with console_over_copy(town_file, tmp_path_factory.mktemp("reports")) as opened:
        yield opened


def loop_of(console: Console, *, quickly: bool = True) -> ReportLoop:
    """What the centre's process runs; `quickly`: its paper is none."""
    maker = Maker(console.store, ed25519("town"), lambda: console.town.now, ReportPress(console.address))
    if quickly:
        maker = Maker(maker.store, maker.key, maker.wall, maker.press, lambda _: b"%PDF-")
    return ReportLoop(maker, 100)


def key_file(folder: Path) -> Path:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    file = folder / "central.pub"
    public = ed25519("town").public_key()
    file.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return file


def test_a_report_is_made_and_its_proof_checked(console: Console, browser: Any, tmp_path: Path) -> None:
    page = console.page(browser, Role.OPERATOR, console.town.street, accept_downloads=True)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/reports")
    page.get_by_label("First day").fill("2026-03-01")
    page.get_by_label("Last day").fill("2026-03-03")
    page.get_by_role("button", name="Make it").click()
    page.get_by_text("It waits to be made.").wait_for()

    loop = loop_of(console, quickly=False)
    assert loop.look()
    page.get_by_role("link", name="PDF").wait_for()  # the page looks again by itself
    assert page.get_by_role("heading", name="Checks a day").is_visible()
    assert page.get_by_text("Not over yet", exact=True).is_visible(), "of the last day nine hours have passed"
    assert not judged(page, ((1280, "dark"),))

    for name in ("PDF", "XLSX", "Parquet", "Proof"):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    key = key_file(tmp_path)
    [proof] = tmp_path.glob("*.proof")
    made = sorted(file for file in tmp_path.glob("report-*") if file != proof)
    assert [file.suffix for file in made] == [".parquet", ".pdf", ".xlsx"]
    for file in made:
        said = called(
            "central", "verify-export", file.name, "--proof", proof.name, "--key", key.name, cwd=tmp_path
        )
        assert said.returncode == 0, said.stderr

    for file in made:
        altered(file)
        said = called(
            "central", "verify-export", file.name, "--proof", proof.name, "--key", key.name, cwd=tmp_path
        )
        assert said.returncode == 1
        assert file.name in said.stderr, said.stderr


def altered(file: Path) -> None:
    """Somebody makes one figure a little better."""
    if file.suffix == ".parquet":
        table = pq.read_table(file)
        values = table.column("value").to_pylist()
        place = next(number for number, value in enumerate(values) if value)
        values[place] -= 1
        changed = table.set_column(table.schema.get_field_index("value"), "value", [values])
        pq.write_table(changed.cast(table.schema), file)
    elif file.suffix == ".xlsx":
        _altered_sheet(file)
    else:
        file.write_bytes(file.read_bytes() + b"\n")


def _altered_sheet(file: Path) -> None:
    import re
    import zipfile

    with zipfile.ZipFile(file) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    name = next(name for name in parts if name.endswith("sheet1.xml"))
    parts[name] = re.sub(rb"<v>(\d)</v></c></row>", rb"<v>9\1</v></c></row>", parts[name], count=1)
    with zipfile.ZipFile(file, "w") as packed:
        for each, data in parts.items():
            packed.writestr(each, data)


def test_what_is_asked_for_is_noted(console: Console) -> None:
    client = console.client(Role.AUDITOR, console.town.street)
    answer = client.post("/reports", data={**SINGLE, "place": str(console.town.street)})
    assert answer.status_code == 303
    with console.store.reading() as connection:
        [noted, *_] = entries(connection, EVERYWHERE)
    assert (noted.act, noted.about.kind, noted.detail["first"]) == ("ask_report", "report", "2026-03-01")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({**SINGLE, "place": ""}, 404),  # everywhere takes a sight of everything
        ({**SINGLE, "place": "elsewhere"}, 404),
        ({**SINGLE, "place": "9" * 30}, 422),
        ({"kind": "single"}, 422),
        ({**SINGLE, "last": "2026-02-01"}, 422),
        ({"kind": "yearly"}, 422),
    ],
)
def test_what_cannot_be_made_is_said_and_nothing_is_asked(
    console: Console, form: dict[str, str], status: int
) -> None:
    given = {"place": str(console.town.street), **form}
    before = _count(console)
    answer = console.client(Role.OPERATOR, console.town.street).post("/reports", data=given)
    assert answer.status_code == status, answer.text
    assert _count(console) == before


def _count(console: Console) -> int:
    with console.store.reading() as connection:
        return len(reports(connection, EVERYWHERE, console.town.now, count=1000))


def test_a_report_of_everywhere_is_for_those_who_see_everything(console: Console) -> None:
    answer = console.client(Role.ADMINISTRATOR).post("/reports", data={**SINGLE, "place": ""})
    address = answer.headers["location"]
    while loop_of(console).look():
        pass
    assert console.client(Role.ADMINISTRATOR).get(address).status_code == 200
    assert console.client(Role.ADMINISTRATOR, console.town.street).get(address).status_code == 404
    page = console.client(Role.ADMINISTRATOR, console.town.street).get("/reports").text
    assert f'href="{address}"' not in page


def test_a_schedule_is_set_up_and_ended(console: Console) -> None:
    client = console.client(Role.OPERATOR, console.town.street)
    form = {"kind": "monthly", "place": str(console.town.street), "addresses": "chief@example.org"}
    assert client.post("/reports/schedules", data=form).status_code == 303
    assert client.post("/reports/schedules", data={**form, "addresses": "nobody"}).status_code == 422
    assert client.post("/reports/schedules", data={**form, "kind": "single"}).status_code == 422
    with console.store.reading() as connection:
        [found] = schedules(connection, EVERYWHERE)
    assert "chief@example.org" in client.get("/reports").text
    assert client.post(f"/reports/schedules/{found.number}/end").status_code == 303
    assert client.post(f"/reports/schedules/{found.number}/end").status_code == 404
