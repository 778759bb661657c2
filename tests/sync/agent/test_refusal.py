"""How a device handles central's refusals of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.agent.core.told_times import ToldTimes
from sync.agent.refusal import ASK_AGAIN_AFTER, BACK_AFTER, RefusalHandler
from sync.wire import DeviceRefused, ReceivedMessage, RefusedDevice, open_message, seal_message
from tests.sync.test_gate_over_the_wire import CENTRAL_KEYS
from tests.sync.wire.examples import AT, DEVICE, OTHER_KEY
from tests.sync.world import CENTRAL_KEY


def notice(why: RefusedDevice = RefusedDevice.RETIRED) -> ReceivedMessage:
    out = seal_message(DeviceRefused(why, AT), DEVICE, CENTRAL_KEY)
    return open_message(out.topic, out.data, CENTRAL_KEYS)


def test_a_retirement_is_kept_as_signed_and_accepted_from_central_only(tmp_path: Path) -> None:
    handler = RefusalHandler(DEVICE, tmp_path / "kept", CENTRAL_KEYS, ToldTimes())
    assert not handler.must_stay_away(0.0)
    handler.handle([notice()], 0.0)
    assert handler.must_stay_away(10.0**9)
    kept = tmp_path / "kept" / "retired.notice"
    assert RefusalHandler(DEVICE, tmp_path / "kept", CENTRAL_KEYS, ToldTimes()).is_retired
    assert not RefusalHandler("gp-0002", tmp_path / "kept", CENTRAL_KEYS, ToldTimes()).is_retired, (
        "another device's card"
    )
    for data in (
        seal_message(DeviceRefused(RefusedDevice.RETIRED, AT), DEVICE, OTHER_KEY).data,
        seal_message(DeviceRefused(RefusedDevice.UNKNOWN, AT), DEVICE, CENTRAL_KEY).data,
        b"junk",
    ):
        kept.write_bytes(data)
        assert not RefusalHandler(DEVICE, tmp_path / "kept", CENTRAL_KEYS, ToldTimes()).is_retired


@pytest.mark.parametrize(
    ("why", "away"),
    [
        (RefusedDevice.SUSPENDED, ASK_AGAIN_AFTER),
        (RefusedDevice.UNKNOWN, ASK_AGAIN_AFTER),
        (RefusedDevice.DISCONNECTED, BACK_AFTER),
    ],
)
def test_a_device_that_is_not_retired_comes_back_after_a_while(
    tmp_path: Path, why: RefusedDevice, away: float
) -> None:
    handler = RefusalHandler(DEVICE, tmp_path, CENTRAL_KEYS, ToldTimes())
    handler.handle([notice(why)], 5.0)
    assert handler.must_stay_away(5.0 + away - 0.1)
    assert not handler.must_stay_away(5.0 + away)
    assert list(tmp_path.iterdir()) == [], "nothing is kept of it"
