"""What the camera sees, where the policy allows it: while somebody looks, and not a moment longer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from edge.admin.site_admin import REGISTRY_LIFETIME
from edge.devices.clock import TimeSource
from edge.vision.reports import Blur
from tests.edge.console.staffed_gate import GUARD, StaffedGate
from tests.edge.vision.reported import PREVIEW
from tests.waiting import soon

monotonic = TimeSource().monotonic


def shown_on(client: httpx.Client, gate: StaffedGate) -> str:
    """The first picture that an open page gets while the camera shows some; empty: none by its third
    heartbeat.
    """
    beats = 0
    with client.stream("GET", "/stream?topics=preview") as stream:
        assert stream.status_code == 200
        for line in stream.iter_lines():
            if "<img" in line:
                return line
            beats += "heartbeat" in line
            if beats == 3:
                break
            gate.camera.report(replace(PREVIEW, blurred=Blur.BYSTANDERS, captured=monotonic()))
    return ""


@pytest.fixture(scope="module")
def open_policy(gate_and_console: StaffedGate) -> StaffedGate:
    """The gate, once its site allows its staff the camera."""
    gate = gate_and_console
    assert shown_on(gate.client(GUARD), gate) == "", "the policy says nothing of it"
    assert gate.camera.previews == [], "and the worker was never asked"
    policy = gate.admin.folder / "policy.toml"
    policy.write_text(policy.read_text() + "\n[staff]\ncamera_view = true\n")
    installed = len(gate.journal("registry_installed"))
    gate.admin.build(datetime.now(UTC), REGISTRY_LIFETIME)
    soon(lambda: len(gate.journal("registry_installed")) > installed, "the new policy")
    return gate


def test_the_page_now_shows_it_where_the_policy_allows_it(open_policy: StaffedGate, browser: Any) -> None:
    gate = open_policy
    page = gate.page(browser, GUARD)
    page.goto("/now")

    def seen() -> bool:
        gate.camera.report(replace(PREVIEW, blurred=Blur.BYSTANDERS, captured=monotonic()))
        return bool(page.locator("#camera-view img").count())

    soon(seen, "the camera's picture")
    page.goto("/gate")
    assert page.locator("#camera-view").count() == 0


def test_a_guard_sees_what_the_camera_sees_with_bystanders_blurred(open_policy: StaffedGate) -> None:
    gate = open_policy
    assert "data:image/jpeg;base64," in shown_on(gate.client(GUARD), gate)
    assert set(gate.camera.previews) == {Blur.BYSTANDERS}
