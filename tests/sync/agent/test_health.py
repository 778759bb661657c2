"""When a gate reports its health to central."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from sync.agent.configuration import LimitsSection
from sync.agent.core.link_stamps import LinkStamps
from sync.agent.health import HealthReporter
from sync.central.devices.core.gate_states import SILENT_AFTER
from sync.wire import DeviceState, Health, open_message
from tests.sync.wire.examples import AT, DEVICE, KEY, KEYS


def test_health_is_reported_now_and_again_and_on_changes() -> None:
    now = Health(DeviceState.ONLINE, AT)
    reporter = HealthReporter(DEVICE, KEY, lambda: now, LinkStamps(lambda: AT), 60.0)
    conversation = reporter.open_conversation(0.0)
    told = [len(list(conversation.due_messages(0.0)))]
    for second in range(1, 200):
        if second == 100:
            now = replace(now, alarms=("journal_forked",))
        told.append(len(list(conversation.due_messages(float(second)))))
    assert [second for second, count in enumerate(told) if count] == [0, 60, 100, 160]


def test_a_gate_reports_once_a_minute_and_never_so_rarely_that_central_calls_it_silent() -> None:
    limits = LimitsSection()
    assert limits.report_every == 60.0
    with pytest.raises(msgspec.ValidationError, match="<= 150"):
        msgspec.convert({"report_every": SILENT_AFTER / 1_000_000}, LimitsSection)


def test_a_gate_says_goodbye_and_leaves_a_will() -> None:
    report = HealthReporter(
        DEVICE, KEY, lambda: Health(DeviceState.ONLINE, AT, waiting=3), LinkStamps(lambda: AT), 60.0
    )
    states = [
        open_message(out.topic, out.data, KEYS).message
        for out in (report.last_message(), report.will_message())
    ]
    assert [item.state for item in states if isinstance(item, Health)] == [
        DeviceState.STOPPED,
        DeviceState.GONE,
    ]
