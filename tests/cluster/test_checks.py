"""What `gatepost central check` finds at a broker that is not as it has to be, and what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import ConfigurationError, GatepostError
from sync.central.alarms.core import AlarmKind
from sync.central.alarms.digesting import open_alarms
from sync.central.alarms.loop import AlarmLoop
from sync.central.broker.claiming import SILENT_FOR, BrokerClaim, BrokerKeptElsewhere
from sync.central.broker.loop import BrokerLoop
from sync.central.broker.watching import BrokerWatch, broker_troubles, troubles_of
from sync.central.checking.cluster import check_cluster
from sync.central.devices.devices import retire_device
from sync.central.store import Store, open_store
from sync.central.tables import device
from sync.transport.broker import Broker
from sync.transport.clock import wall
from sync.transport.core import EXCHANGE
from sync.transport.rabbitmq.files import files_of, hashed
from sync.transport.rabbitmq.management import managed
from sync.transport.rabbitmq.marking import BrokerMark, write_mark
from tests.cluster.conftest import DEVICES, JOURNALS
from tests.cluster.nodes import Cluster
from tests.command_line import called
from tests.sync.wire.examples import AT, DEVICE
from tests.sync.world import World

OURS = "ours"


def found(cluster: Cluster, devices: frozenset[str] = DEVICES) -> list[CheckResult]:
    return list(check_cluster(broker_of(cluster), devices, OURS))


def broker_of(cluster: Cluster) -> Broker:
    return cluster.for_central(journals=JOURNALS)


def bad(results: list[CheckResult]) -> list[str]:
    return [one.text for one in results if one.verdict is Verdict.BAD]


def test_a_broker_as_it_has_to_be_has_nothing_bad(cluster: Cluster) -> None:
    results = found(cluster)
    # The port for devices is another one in tests.
    assert [text for text in bad(results) if ":8883" not in text] == []
    good = {one.what for one in results if one.verdict is Verdict.GOOD}
    assert good >= {"clock", "certificate", "nodes", "plugins", "listeners", "access list", "broker"}
    alone = [one.text for one in results if one.verdict is Verdict.WARNING]
    assert "it is one node alone: what it holds is away when it is" in alone
    [said] = [text for text in alone if "has no consumer" in text]
    assert "queues more) has no consumer" in said, "no centre runs: said once, not of each queue"


WIDE = {"exchange": EXCHANGE, "write": "^up\\.", "read": "^dn\\."}


@pytest.mark.parametrize(
    ("path", "values", "said"),
    [
        (("topic-permissions", "/", DEVICE), WIDE, f"{DEVICE} may read what is said to other devices"),
        (
            ("topic-permissions", "/", "green-court.main"),
            {"exchange": EXCHANGE, "write": "^up\\.green-court.main\\.", "read": "^dn\\.none"},
            "green-court.main may write as another device",
        ),
        (
            ("topic-permissions", "/", DEVICE),
            None,
            f"{DEVICE} has no rule for topics: it may read and write all",
        ),
        (("users", "guest"), {"password": "guest", "tags": "administrator"}, "user guest is nobody's"),
        (("policies", "/", "gatepost-journals"), None, "policy gatepost-journals is missing"),
        (("queues", "/", "gatepost.hello"), None, "queue gatepost.hello is missing"),
        (
            ("queues", "/", "gatepost.hello"),
            {"durable": True, "arguments": {"x-queue-type": "classic"}},
            "gatepost.hello is not quorum",
        ),
    ],
    ids=["reads others", "writes as others", "no rule", "guest", "no policy", "no queue", "classic"],
)
def test_what_differs_is_said(
    cluster: Cluster, path: tuple[str, ...], values: Mapping[str, object] | None, said: str
) -> None:
    with managed(broker_of(cluster)) as api:
        if values is None or path[0] == "queues":
            api.delete(*path)
        if values is not None:
            api.put(*path, values=values)
    try:
        results = bad(found(cluster))
        assert any(text.startswith(said) for text in results), results
    finally:
        with managed(broker_of(cluster)) as api:
            if path[0] == "queues":
                api.delete(*path)


def test_a_device_that_would_hear_another_is_not_let_in(cluster: Cluster) -> None:
    said = bad(found(cluster, DEVICES | {"green-court", "central"}))
    assert [text.partition(" ")[0] for text in said if "is not let in" in text] == ["central", "green-court"]


def test_a_node_that_is_away_and_one_that_nobody_manages_are_named(cluster: Cluster) -> None:
    broker = cluster.for_central(journals=JOURNALS, host="127.0.0.1", more=("127.0.0.2", "127.0.0.3"))
    said = bad(list(check_cluster(broker, DEVICES)))
    gone = "127.0.0.2 is not there: most are gone, and nothing is taken or given until they are back"
    assert gone in said


def test_a_password_that_is_wrong_and_one_that_is_missing(cluster: Cluster) -> None:
    broker = broker_of(cluster)
    assert broker.management is not None
    broker.management.password.write_text("wrong")
    with managed(broker) as api, pytest.raises(GatepostError, match="401"):
        api.found("users")
    broker.management.password.unlink()
    with pytest.raises(ConfigurationError, match="no password"), managed(broker):
        pass


def test_who_leaves_service_is_let_in_no_more_while_central_runs(cluster: Cluster, tmp_path: Path) -> None:
    world = World(
        tmp_path,
        f"sqlite:///{tmp_path}/central.sqlite",
        0,
        broker_of=partial(cluster.table, journals=JOURNALS),
    )
    store = open_store(world.url)
    try:
        loop = BrokerLoop(store, broker_of(cluster), OURS)
        loop.look()
        assert loop.look() == 0
        assert DEVICE in users(cluster)
        with store.writing() as connection:
            retire_device(connection, DEVICE, AT)
        assert loop.look() == 1
        assert users(cluster) == {"central", "gatepost-administrator", *DEVICES} - {DEVICE}
    finally:
        store.close()


def test_a_centre_of_another_database_lets_nobody_out(cluster: Cluster, tmp_path: Path) -> None:
    """It knows none of the devices; nor does a copy of this centre that is beside it."""
    clock = [0.0]
    with open_both(cluster, tmp_path) as (first, second):
        ours = BrokerLoop(first, broker_of(cluster), OURS, lambda: clock[0])
        ours.look()
        with managed(broker_of(cluster)) as api:
            api.put("users", "prometheus", values={"password": "x", "tags": "monitoring"})
        everybody = users(cluster)
        for centre in ("another", OURS):
            other = BrokerLoop(second, broker_of(cluster), centre, lambda: clock[0])
            assert other.look() == 0
            assert users(cluster) == everybody, centre
        with managed(broker_of(cluster)) as api:
            with pytest.raises(BrokerKeptElsewhere, match="another centre"):
                BrokerClaim("another", "r", lambda: clock[0]).claim(api)
            api.delete("users", DEVICE)
            clock[0] += 20
            assert ours.look() > 0, "whoever took it away: it is back within a minute"
        assert users(cluster) == everybody


def test_a_process_of_a_centre_is_followed_at_its_end_at_once_and_after_its_death_soon(
    cluster: Cluster,
) -> None:
    clock = [0.0]
    with managed(broker_of(cluster)) as api:
        first, second = (BrokerClaim(OURS, run, lambda: clock[0]) for run in ("1", "2"))
        first.claim(api)
        with pytest.raises(BrokerKeptElsewhere, match="another process"):
            second.claim(api)
        first.release(api)
        second.claim(api)
        with pytest.raises(BrokerKeptElsewhere):
            first.claim(api)
        clock[0] += SILENT_FOR / 2
        second.claim(api)
        clock[0] += SILENT_FOR / 2
        with pytest.raises(BrokerKeptElsewhere):
            first.claim(api)
        clock[0] += SILENT_FOR
        first.claim(api)


def test_what_needs_somebody_is_an_alarm_while_it_does(cluster: Cluster, tmp_path: Path) -> None:
    clock = [0.0]
    with open_both(cluster, tmp_path) as (store, _):
        alarms = AlarmLoop(store, wall)
        loop = BrokerLoop(store, broker_of(cluster), OURS, lambda: clock[0], watch=BrokerWatch(store, wall))

        def told() -> list[tuple[object, object]]:
            clock[0] += 20
            loop.look()
            alarms.look()
            with store.reading() as connection:
                held = open_alarms(connection, [AlarmKind.BROKER_AMISS])
            return [
                (one.life.values["what"], one.life.values["detail"]) for one in held if not one.life.is_over
            ]

        with managed(broker_of(cluster)) as api:
            api.delete("queues", "/", "gatepost.hello")
            api.put("queues", "/", "gatepost.hello", values={"arguments": {"x-queue-type": "classic"}})
        assert told() == [], "seen once"
        assert told() == [("not_quorum", "gatepost.hello")]
        assert told() == [("not_quorum", "gatepost.hello")]
        with store.reading() as connection:
            assert broker_troubles(connection) == ("not quorum gatepost.hello",)
        with managed(broker_of(cluster)) as api:
            api.delete("queues", "/", "gatepost.hello")
        assert told() == []


def test_a_node_and_a_queue_say_what_they_need() -> None:
    nodes = [
        {"name": "rabbit@b1", "running": True, "disk_free_alarm": True},
        {"name": "rabbit@b2", "running": True, "mem_alarm": True, "partitions": ["rabbit@b1"]},
        {"name": "rabbit@b3", "running": False},
    ]
    limited = {"type": "quorum", "effective_policy_definition": {"max-length-bytes": 100}}
    queues: list[dict[str, object]] = [
        {"name": "gatepost.journal.0", "message_bytes": 81, **limited},
        {"name": "gatepost.journal.1", "message_bytes": 80, **limited},
        {"name": "gatepost.dead", "type": "quorum", "messages": 1},
        {"name": "gatepost.hello", "type": "classic"},
        {"name": "gatepost.centre.x", "type": "classic"},
    ]
    assert {(one.what, one.name) for one in troubles_of(("b1", "b2", "b3"), nodes, queues)} == {
        ("node_gone", "b3"),
        ("disk_low", "b1"),
        ("memory_low", "b2"),
        ("node_cut_off", "b2"),
        ("queue_full", "gatepost.journal.0"),
        ("dead_messages", "gatepost.dead"),
        ("not_quorum", "gatepost.hello"),
    }


def test_a_person_takes_a_broker_over_and_sees_before_who_would_be_let_out(
    cluster: Cluster, tmp_path: Path
) -> None:
    world = World(
        tmp_path,
        f"sqlite:///{tmp_path}/central.sqlite",
        0,
        broker_of=partial(cluster.table, journals=JOURNALS),
    )
    asked = ["central", "broker", "apply", "--config", str(world.central_file())]
    with managed(broker_of(cluster)) as api:
        write_mark(api, BrokerMark("another", "run", 7))
        api.put("users", "prometheus", values={"password": "x", "tags": "monitoring"})
    refused = called(*asked)
    assert (refused.returncode, "another centre keeps the broker" in refused.stderr) == (1, True)
    shown = called(*asked, "--take-over")
    assert shown.returncode == 1
    assert "users gp-0002 is nobody's that this centre knows: it would go" in shown.stdout
    assert "prometheus" not in shown.stdout
    assert "kept by another centre" in shown.stdout
    assert "gp-0002" in users(cluster), "nothing was changed"
    assert called(*asked, "--take-over", "--yes").returncode == 0
    assert users(cluster) == {"central", "gatepost-administrator", "prometheus", DEVICE}
    assert called(*asked).returncode == 0, "it is this centre's now"


@contextmanager
def open_both(cluster: Cluster, folder: Path) -> Iterator[tuple[Store, Store]]:
    """The databases of two centres: of one with DEVICE, and of one with another."""
    with ExitStack() as opened:
        found = []
        for name in ("a", "b"):
            (folder / name).mkdir()
            world = World(
                folder / name,
                f"sqlite:///{folder}/{name}/c.sqlite",
                0,
                broker_of=partial(cluster.table, journals=JOURNALS),
            )
            found.append(opened.enter_context(closing(open_store(world.url))))
        with found[1].writing() as connection:
            connection.execute(sa.delete(device))
        yield found[0], found[1]


def users(cluster: Cluster) -> set[str]:
    with managed(broker_of(cluster)) as api:
        return {str(one["name"]) for one in api.found("users")}


def test_files_name_the_nodes_and_no_password() -> None:
    password = hashed("not to be seen", b"salt")
    files = files_of(["b1", "b2", "b3"], "b2", password)
    text = files["rabbitmq.conf"].decode()
    assert text.count("cluster_formation.classic_config.nodes.") == 3
    assert "rabbit@broker-1" not in text
    assert b"NODENAME=rabbit@b2" in files["rabbitmq-env.conf"]
    assert not any(b"not to be seen" in data for data in files.values())
    with pytest.raises(ConfigurationError, match="is no host"):
        files_of(["b1", "b2; rm"], "b1", password)
