"""What the camera sees, where the policy allows it: while somebody looks, and not a moment longer."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from msgspec.structs import replace

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


def allow(gate: StaffedGate, *, camera: bool) -> None:
    """Have the site's policy say whether staff may see what the camera sees."""
    policy = gate.admin.folder / "policy.toml"
    said = policy.read_text().split("\n[staff]")[0]
    policy.write_text(f"{said}\n[staff]\ncamera_view = {str(camera).lower()}\n")
    gate.publish()


@pytest.fixture(scope="module")
def open_policy(gate_and_console: StaffedGate) -> StaffedGate:
    """The gate, once its site allows its staff the camera."""
    gate = gate_and_console
    assert shown_on(gate.client(GUARD), gate) == "", "the policy says nothing of it"
    assert gate.camera.previews == [], "and the worker was never asked"
    allow(gate, camera=True)
    return gate


def test_an_open_page_now_follows_the_policy(open_policy: StaffedGate, browser: Any) -> None:
    gate = open_policy
    page = gate.page(browser, GUARD)
    place, picture = page.locator("#camera-view"), page.locator("#camera-view img")

    def seen() -> bool:
        gate.camera.report(replace(PREVIEW, blurred=Blur.BYSTANDERS, captured=monotonic()))
        return bool(picture.count())

    page.goto("/now")
    soon(seen, "the camera's picture")
    page.locator(".now-act[data-act=lock]").click()
    page.locator("#sheet-title").wait_for()
    allow(gate, camera=False)
    soon(lambda: page.locator(".now").get_attribute("data-rules") != rules_heard(page), "the new rules")
    assert page.locator("#sheet-title").is_visible(), "nothing moves under a finger"
    page.keyboard.press("Escape")
    soon(lambda: not place.count(), "no place for a picture")
    allow(gate, camera=True)
    soon(seen, "the picture again, of itself")
    page.goto("/gate")
    assert place.count() == 0


def rules_heard(page: Any) -> str:
    """The rules that an open page has heard of last."""
    return str(page.locator("#now-facts").get_attribute("data-rules"))


def test_a_guard_sees_what_the_camera_sees_with_bystanders_blurred(open_policy: StaffedGate) -> None:
    gate = open_policy
    assert "data:image/jpeg;base64," in shown_on(gate.client(GUARD), gate)
    assert set(gate.camera.previews) == {Blur.BYSTANDERS}
