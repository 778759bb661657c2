"""The page of temperatures: means and counts, of nobody, and of nothing where there were too few."""

from __future__ import annotations

import re
from random import Random

import pytest
import sqlalchemy as sa

from edge.signing.cose import instant
from sync.central.accounts.core.roles import Act, Role
from sync.central.demo.gates import DemoGate
from sync.central.journals.chains import chain_of
from sync.central.temperature.core.counting import Counts
from sync.central.temperature.recording import TemperatureFollower
from sync.central.temperature.tables import temperature_count
from sync.central.units import HOUR
from sync.central.web.pages.temperature import distribution
from tests.sync.central.temperature.examples import at
from tests.sync.central.web.api.conftest import token_client
from tests.sync.central.web.conftest import Console

ENGLISH = {"accept-language": "en"}


def measure(console: Console, count: int) -> None:
    """So many readings at the first gate, an hour ago, and no other ones."""
    draw, gate = Random(1), console.town.gate
    readings = [(instant(console.town.now - HOUR), at(round(draw.gauss(36.4, 0.2), 2))) for _ in range(count)]
    entries = DemoGate(gate.device, gate.gate).write(readings)
    with console.store.writing() as connection:
        connection.execute(sa.delete(temperature_count))
        held = chain_of(connection, gate.device, gate.epoch)
        assert held is not None
        TemperatureFollower().arrived(connection, gate.device, held.number, entries, console.town.now)


def test_the_page_says_what_was_measured_and_how_it_stands(console: Console) -> None:
    client = console.client(Role.OPERATOR, console.town.street)
    measure(console, 0)
    assert "No thermometer has measured" in client.get("/temperature", headers=ENGLISH).text
    measure(console, 60)
    said = client.get("/temperature", headers=ENGLISH).text
    assert re.search(r"36\.[34]\d\s?°C", said.replace("\u00a0", " "))
    assert "nobody can tell" in said, "there is one gate alone"
    one = client.get(f"/temperature?device={console.town.gate.device}", headers=ENGLISH)
    assert one.status_code == 200
    assert "All gates" in one.text
    assert client.get("/temperature?device=nowhere").status_code == 404
    stranger = console.client(Role.OPERATOR, console.town.elsewhere)
    assert stranger.get(f"/temperature?device={console.town.gate.device}").status_code == 404


def test_of_too_few_readings_nothing_is_said(console: Console) -> None:
    measure(console, 7)
    said = console.client().get("/temperature", headers=ENGLISH).text
    assert "fewer than 20" in said
    assert "°C</" not in said.replace('scope="col">°C</th>', "")
    answered = token_client(console, 1, [Act.SEE]).get(
        "/api/temperatures/hours", params={"since": console.town.now - 6 * HOUR, "until": console.town.now}
    )
    assert [each["measured"]["read"] for each in answered.json()["items"]] == [None]


def test_a_program_gets_the_same_figures(console: Console) -> None:
    measure(console, 60)
    program = token_client(console, 1, [Act.SEE])
    asked = {"since": console.town.now - 6 * HOUR, "until": console.town.now}
    [gate] = program.get("/api/temperatures/gates", params=asked).json()["items"]
    assert (gate["measured"]["read"], gate["verdict"]) == (60, "unknown")
    assert 36.2 < gate["measured"]["mean"] < 36.6
    assert program.get("/api/temperatures/gates", params={"since": 5, "until": 4}).status_code == 422


@pytest.mark.parametrize(
    ("celsius", "rows"),
    [
        ({365: 19}, 0),
        ({365: 20}, 17),
        ({200: 3, 365: 20, 420: 2}, 17),
    ],
)
def test_every_reading_is_in_one_row_of_the_distribution(celsius: dict[int, int], rows: int) -> None:
    found = distribution(Counts(celsius=celsius))
    assert len(found) == rows
    if rows:
        assert sum(times for _, times in found) == sum(celsius.values())
        assert dict(found)["36.4–36.5"] == 20
