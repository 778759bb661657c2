"""`sync check` says what is wrong on a gate's way to the centre, and disturbs nobody's session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.diagnostics.check_result import CheckResult, Verdict
from sync.agent.checking import check_sync
from sync.agent.configuration import load_configuration
from sync.transport.core import LinkState
from sync.transport.mqtt import open_mqtt_link
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE
from tests.sync.world import World
from tests.waiting import soon


@pytest.fixture
def world(tmp_path: Path, broker: Mosquitto) -> World:
    return World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", broker.port)


def found(world: World) -> dict[str, CheckResult]:
    """The worst result of each kind."""
    order = [Verdict.GOOD, Verdict.WARNING, Verdict.BAD]
    results: dict[str, CheckResult] = {}
    for each in check_sync(load_configuration(world.sync_file())):
        assert each.remedy or each.verdict is Verdict.GOOD, each
        held = results.get(each.what)
        if held is None or order.index(each.verdict) > order.index(held.verdict):
            results[each.what] = each
    return results


def test_a_gate_that_is_served_is_good_and_its_session_lasts(world: World) -> None:
    there = load_configuration(world.sync_file()).broker
    link = open_mqtt_link(there, DEVICE, (f"dn/{DEVICE}/#",), lambda: None)
    soon(lambda: link.state is LinkState.READY, meanwhile=lambda: link.poll(0.02))
    with world.journal():
        results = found(world)
    assert {results[what].verdict for what in ("key", "central", "broker", "journal")} == {Verdict.GOOD}
    for _ in range(3):
        link.poll(0.02)
    assert link.ended is None
    link.abandon()


def test_each_fault_is_named(world: World, broker: Mosquitto) -> None:
    broker.kill()
    results = found(world)
    assert "nothing listens" in results["broker"].text
    assert "no event reaches central" in results["journal"].text
    load_configuration(world.sync_file()).device.key.chmod(0o644)
    assert "can be read by others" in found(world)["key"].text
    broker.start()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (("is-active", "gatepost-sync.service"), "gatepost-sync.service does not run"),
        (("is-enabled", "gatepost-sync.service"), "gatepost-sync.service is not enabled"),
        (("is-enabled", "gatepost-renew.timer"), "gatepost-renew.timer is not enabled"),
        (("is-failed", "gatepost-renew.service"), "the last run of gatepost-renew.service failed"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value),
)
def test_a_packaged_gate_whose_sync_or_renewal_is_off_is_bad(
    world: World, tmp_path: Path, wrong: tuple[str, str], says: str
) -> None:
    def systemctl(words: Sequence[str]) -> int:
        """All is well, but for what is `wrong`; `is-failed` ends with 0 where something failed."""
        verb, unit = words[1], words[-1]
        return int(((verb, unit) == wrong) != (verb == "is-failed"))

    there = load_configuration(world.sync_file())
    packaged = replace(
        there, journal=replace(there.journal, acknowledged=Path("/var/lib/gatepost-sync/acknowledged"))
    )
    bad = [each for each in check_sync(packaged, systemctl, tmp_path) if each.what == "units"]
    assert (
        [each.text for each in bad if each.verdict is Verdict.BAD and says in each.text]
        == [each.text for each in bad if each.verdict is Verdict.BAD]
        != []
    )
    assert not [each for each in check_sync(there, systemctl, tmp_path) if each.what == "units"]
