"""/metrics: what a gate says of itself in figures, to whom, and that no person is in them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from edge.configuration import ConsoleSection
from edge.console.app import console_app
from edge.console.pages.metrics import text_of
from edge.decision import ClockTrust
from edge.staff.protocol.figures import Figures, figures_of
from edge.staff.protocol.now import (
    ClockFact,
    DeviceFact,
    Facts,
    InsideFact,
    LaneFact,
    LinkFact,
    NowView,
    RegistryFact,
    Today,
)
from tests.apart import run_apart
from tests.edge.console.staffed_gate import PEOPLE, StaffedGate
from tests.waiting import soon

TOKEN = "a-token-that-nobody-guesses"
FIGURES = Figures(
    lane="closed",
    lane_broken=False,
    locked=True,
    inside=41,
    registry=7,
    issued=datetime(2026, 3, 3, tzinfo=UTC),
    clock=ClockTrust.HOLDOVER,
    link_broken=True,
    waiting=12,
    devices={"camera": True, "left": False},
    today=Today(granted=5, denied=2, by_staff=1, half=250.0, most=900.0),
)


def read(text: str) -> dict[tuple[str, ...], float]:
    """Every figure, by its name and what its labels say."""
    return {
        (sample.name.removeprefix("gatepost_gate_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_figure_is_there_under_its_name() -> None:
    assert read(text_of(FIGURES).decode()) == {
        ("up",): 1,
        ("lane_phase", "closed"): 1,
        ("lane_broken",): 0,
        ("lane_locked",): 1,
        ("inside",): 41,
        ("registry_version",): 7,
        ("registry_issued_seconds",): 1772496000,
        ("clock_trust", "holdover"): 1,
        ("link_broken",): 1,
        ("events_unacknowledged",): 12,
        ("device_working", "camera"): 1,
        ("device_working", "left"): 0,
        ("accesses_today", "granted"): 5,
        ("accesses_today", "denied"): 2,
        ("accesses_today", "by_staff"): 1,
        ("decision_seconds", "0.5"): 0.25,
        ("decision_seconds", "0.95"): 0.9,
    }


def test_a_scanner_hides_no_camera_whatever_it_is_called() -> None:
    working = DeviceFact("camera", "streaming", 0.0, broken=False)
    scanners = tuple(DeviceFact(name, "gone", 0.0, broken=True) for name in ("camera", "left"))
    facts = Facts(
        lane=LaneFact("closed", 0.0, broken=False),
        inside=InsideFact(0, 0, estimated=False, since=0.0),
        registry=RegistryFact(None, 0.0, broken=True),
        clock=ClockFact(ClockTrust.TRUSTED, 0.0),
        link=LinkFact(centre=False, broken=False, since=0.0),
        camera=working,
        scanners=scanners,
    )
    view = NowView("main", datetime(2026, 3, 3, tzinfo=UTC), 0.0, "UTC", facts)
    assert figures_of(view).devices == {"camera": True, "scanner camera": False, "left": False}


def test_what_is_not_known_is_left_out() -> None:
    unknown = replace(FIGURES, registry=None, issued=None, waiting=None, devices={}, today=Today())
    names = {name for name, *_ in read(text_of(unknown).decode())}
    assert not names & {
        "registry_version",
        "registry_issued_seconds",
        "link_broken",
        "events_unacknowledged",
        "device_working",
        "decision_seconds",
    }
    assert read(text_of(None).decode()) == {("up",): 0}


def test_a_gate_tells_its_figures_and_nobody_s_name(gate_and_console: StaffedGate) -> None:
    client = gate_and_console.client(None)
    before = read(client.get("/metrics").text)[("accesses_today", "granted")]
    gate_and_console.show(gate_and_console.pass_of("xu"))
    gate_and_console.leave()
    soon(lambda: read(client.get("/metrics").text)[("accesses_today", "granted")] > before)
    text = client.get("/metrics").text
    assert read(text)[("up",)] == 1
    assert read(text)[("registry_version",)] >= 1
    for person in PEOPLE:
        assert not any(said in text for said in (person.name, person.address, f'"{person.id}"'))


@pytest.mark.parametrize(
    ("written", "given", "status"),
    [
        (None, f"Bearer {TOKEN}", 404),
        (TOKEN, "", 404),
        (TOKEN, f"Bearer {TOKEN}x", 404),
        (TOKEN, f"Basic {TOKEN}", 404),
        ("short", "Bearer short", 404),
        ("", "Bearer ", 404),
        (f"{TOKEN}\n", f"Bearer {TOKEN}", 200),
    ],
)
def test_another_computer_needs_the_token(
    gate_and_console: StaffedGate, tmp_path: Path, written: str | None, given: str, status: int
) -> None:
    services = gate_and_console.services
    assert services is not None
    file = tmp_path / "token"
    if written is not None:
        file.write_text(written)
    settings = ConsoleSection(metrics_token=None if written is None else file)
    app = console_app(type(services)(**{**vars(services), "settings": settings}))
    transport = httpx.ASGITransport(app, client=("192.168.7.20", 50_000))

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get("/metrics", headers={"authorization": given})

    answer = run_apart(asked)
    assert answer.status_code == status
    assert ("gatepost_gate_up" in answer.text) == (status == 200)
