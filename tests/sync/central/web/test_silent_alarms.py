"""Who may not care for alarms sees no difference between the duress button and the usual one, on any page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from itertools import islice
from pathlib import Path

import httpx
import pytest

from edge.journal.format import Event, LaneDuress, LaneOpened, LaneOverride, StaffDuress, StaffSignedIn
from edge.lane.machine import Cause
from sync.central.accounts.core.roles import Role
from sync.central.home_assistant.states import shown_gates
from sync.central.journals import silence
from sync.central.web.pages import gates
from tests.sync.central.web.conftest import Console, console_over_copy
from tests.sync.central.web.test_watch import AT, follow, newest_entry, stored, text_of

USUAL = (
    StaffSignedIn("wang", "guard", "pin"),
    LaneOverride("wang"),
    LaneOpened(Cause.OVERRIDE.value, ""),
)
SILENT = (
    StaffSignedIn("wang", "guard", "pin"),
    StaffDuress("wang", "sign_in"),
    LaneDuress("wang"),
    LaneOpened(Cause.DURESS.value, ""),
)


@pytest.fixture(scope="module")
def both(town_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Console, Console]]:
    """One console where the usual button was pressed, and one where the duress button was."""
    with (
        console_over_copy(town_file, tmp_path_factory.mktemp("usual")) as usual,
        console_over_copy(town_file, tmp_path_factory.mktemp("silent")) as silent,
    ):
        tells(usual, USUAL)
        tells(silent, SILENT)
        yield usual, silent


def tells(console: Console, events: Sequence[Event]) -> None:
    stored(console, follow(newest_entry(console), *events, at=AT - 1_000_000))


def client_of(console: Console, role: Role) -> httpx.Client:
    client = console.client(role)
    client.headers["accept-language"] = "en"
    return client


def paths_of(console: Console) -> tuple[str, ...]:
    gate = f"/gates/{console.town.gate.device}"
    lists = ("/overview", "/gates", "/gates?show=all", "/live", "/alarms")
    return (*lists, gate, "/live?reason=override", "/live?reason=duress", "/live?overrides=true")


def shown(console: Console, role: Role, path: str) -> str:
    """What a page says, without the numbers of events."""
    answer = client_of(console, role).get(path)
    assert answer.status_code == 200
    without = re.sub(
        r'<td class="number"[^>]*>\d+</td>|up to [\d,]+|[0-9a-f]{8,}|[0-9a-f]+…[0-9a-f]+', "", answer.text
    )
    return re.sub(r"\b\d[\d,.]*", "0", text_of(without))


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR])
def test_who_may_not_care_sees_the_usual_button(both: tuple[Console, Console], role: Role) -> None:
    usual, silent = both
    for path in paths_of(usual):
        seen = shown(silent, role, path)
        assert "uress" not in seen, path
        assert seen == shown(usual, role, path), path


def journal_pages(console: Console, role: Role) -> Iterator[tuple[str, list[str]]]:
    """Each page of the gate's journal: all its words and numbers, and where it leads to but accesses."""
    gate, client = f"/gates/{console.town.gate.device}", client_of(console, role)
    asked: str | None = ""
    while asked is not None:
        page = client.get(gate + asked).text
        leads = [each for each in re.findall(r'href="([^"]*)"', page) if not each.startswith("/accesses/")]
        yield text_of(page), leads
        older = re.search(r'href="([^"]*)" rel="next"', page)
        asked = unescape(older[1]) if older else None


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR])
def test_no_number_tells_of_what_is_left_out_of_the_journal(
    both: tuple[Console, Console], role: Role, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "ROWS", 2)
    monkeypatch.setattr(silence, "_AT_ONCE", 3)
    usual, silent = (list(islice(journal_pages(console, role), 4)) for console in both)
    assert len(usual) > 2
    assert usual == silent
    numbered, _ = next(journal_pages(both[1], Role.OPERATOR))
    last = newest_entry(both[1]).sequence
    assert f"#{last}" in numbered
    assert not any(re.search(rf"\b{last - each}\b", silent[0][0]) for each in range(10))


def test_a_journal_begins_at_an_access_or_where_it_is_newest(both: tuple[Console, Console]) -> None:
    """Asked from each number on, it would tell which are left out."""
    _, silent = both
    last, client = newest_entry(silent), client_of(silent, Role.AUDITOR)
    gate = f"/gates/{silent.town.gate.device}"
    epoch, newest = last.epoch.hex(), text_of(client.get(gate).text)
    for before in range(last.sequence - 3, last.sequence + 1):
        assert text_of(client.get(f"{gate}?epoch={epoch}&before={before}").text) == newest
    at_access = client.get(f"{gate}?epoch={epoch}&before={last.sequence + 1}").text
    assert "Button pressed" in at_access
    assert client.get(f"{gate}?epoch={'0' * 32}").status_code == 404
    assert client.get(f"{gate}?skipped=10001").status_code == 422


def test_who_may_care_sees_it_in_each_place(both: tuple[Console, Console]) -> None:
    _, silent = both
    gate = f"/gates/{silent.town.gate.device}"
    for path in ("/gates", gate, "/live", "/live?reason=duress"):
        assert "uress" in shown(silent, Role.OPERATOR, path), path
    assert "Duress word used" in shown(silent, Role.OPERATOR, gate)


def test_the_page_of_the_access_and_its_explanation_say_nothing_either(
    both: tuple[Console, Console],
) -> None:
    _, silent = both
    address = f"/accesses/{silent.town.gate.device}/{newest_entry(silent).epoch.hex()}"
    sequence = newest_entry(silent).sequence
    for path in (f"{address}/{sequence}", f"{address}/{sequence}/explain"):
        assert "uress" not in client_of(silent, Role.AUDITOR).get(path).text, path
    assert "uress" in client_of(silent, Role.OPERATOR).get(f"{address}/{sequence}").text


def test_home_assistant_and_the_counts_say_nothing(both: tuple[Console, Console]) -> None:
    states = []
    for console in both:
        with console.store.reading() as connection:
            gates = shown_gates(connection, AT)
        states.append([gate for gate in gates if gate.device == console.town.gate.device])
    assert states[0] == states[1] != []
