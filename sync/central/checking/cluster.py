"""What a cluster of RabbitMQ says of itself: nodes, plug-ins, listeners, queues, users and their rights."""

from __future__ import annotations

import re
import socket
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from cryptography import x509

from edge.diagnostics.check_result import CheckResult, Verdict
from edge.support.counted import counted
from sync.central.broker.claiming import BrokerKeptElsewhere, check_centre
from sync.central.broker.watching import FULL, host_of, limit_of
from sync.transport.broker import Broker
from sync.transport.checking import checked
from sync.transport.clock import wall
from sync.transport.core import BROKER_ADMINISTRATOR, CENTRAL, DEAD, EXCHANGE, Change, key_of, let_in
from sync.transport.rabbitmq.keeping import differences, queues_of
from sync.transport.rabbitmq.management import Found, ManagementApi, managed
from sync.transport.rabbitmq.marking import read_mark
from sync.transport.tls import tls_of
from sync.wire import Channel

PLUGINS = frozenset(
    {
        "rabbitmq_auth_mechanism_ssl",
        "rabbitmq_consistent_hash_exchange",
        "rabbitmq_management",
        "rabbitmq_mqtt",
    }
)
_APPLY = "gatepost central broker apply"
_LOOK = "systemctl status rabbitmq-server; journalctl -u rabbitmq-server -n 50"
_OFF_BY = 3.0
"""Seconds: HTTP's date has whole ones."""
_SOON = timedelta(days=21)
_DEVICES_PORT = 8883
_WITHIN = 5.0
_MOST_TOLD = 5


def check_cluster(broker: Broker, devices: Collection[str], centre: str = "") -> Iterator[CheckResult]:
    """Check the cluster by what it holds, and by each of its nodes; `centre` is what it has to be kept by."""
    for host in broker.hosts:
        yield from checked("node", partial(_node, broker.at(host)))
        for port in dict.fromkeys((broker.port, _DEVICES_PORT)):
            yield from checked("certificate", partial(_certificate, broker.at(host), port))
    with managed(broker) as api:
        nodes = api.found("nodes")
        for name, check in (
            ("nodes", partial(_nodes, broker, nodes)),
            ("plugins", partial(_plugins, nodes)),
            ("listeners", partial(_listeners, api)),
            ("topics", partial(_topics, api)),
            ("centre", partial(_claim, api, centre)),
            ("broker", partial(_differences, api, broker, devices)),
            ("queues", partial(_queues, api, len(broker.hosts))),
        ):
            yield from checked(name, check)


def _node(broker: Broker) -> Iterator[CheckResult]:
    """Its clock, by its management API."""
    with managed(broker) as api:
        before = wall()
        clock = api.ask("GET", "whoami").clock
    if clock is None:
        yield CheckResult(Verdict.WARNING, "clock", f"{broker.host} does not say its time", _LOOK)
        return
    ahead = clock + 0.5 - (before + wall()) / 2e6
    if abs(ahead) > _OFF_BY:
        text = f"the clock of {broker.host} is {ahead:+.0f} s off this computer's"
        yield CheckResult(Verdict.BAD, "clock", text, "set both by a time server: apt-get install chrony")
    else:
        yield CheckResult(Verdict.GOOD, "clock", f"{broker.host} agrees with this computer")


def _certificate(broker: Broker, port: int) -> Iterator[CheckResult]:
    """Until when a node's own certificate is valid."""
    context = tls_of(broker)
    if context is None:
        return
    where = f"{broker.host}:{port}"
    try:
        with (
            socket.create_connection((broker.host, port), timeout=_WITHIN) as opened,
            context.wrap_socket(opened, server_hostname=broker.host) as secured,
        ):
            found = secured.getpeercert(binary_form=True)
    except OSError as error:
        yield CheckResult(Verdict.BAD, "certificate", f"{where}: {error.strerror or error}", _LOOK)
        return
    until = x509.load_der_x509_certificate(found or b"").not_valid_after_utc
    left = until - datetime.now(UTC)
    verdict = Verdict.GOOD if left > _SOON else Verdict.WARNING
    remedy = "" if verdict is Verdict.GOOD else "gatepost central ca renew, and bring it to the node"
    yield CheckResult(verdict, "certificate", f"{where} until {until:%Y-%m-%d}", remedy)


def _nodes(broker: Broker, nodes: Found) -> Iterator[CheckResult]:
    running = {host_of(node): node for node in nodes if node.get("running")}
    missing = [host for host in broker.hosts if host not in running]
    most = 2 * len(running) > len(broker.hosts)
    for host in missing:
        after = "" if most else ": most are gone, and nothing is taken or given until they are back"
        yield CheckResult(Verdict.BAD, "node", f"{host} is not there{after}", _LOOK)
    for host, node in sorted(running.items()):
        for alarm, what in (("disk_free_alarm", "space on disk"), ("mem_alarm", "memory")):
            if node.get(alarm):
                text = f"{host} lacks {what}: no node takes anything from a gate until it has"
                yield CheckResult(Verdict.BAD, "node", text, "free some there; nothing is lost meanwhile")
        if node.get("partitions"):
            text = f"{host} does not see {', '.join(map(str, node['partitions']))}"
            yield CheckResult(Verdict.BAD, "node", text, "check the network between the nodes")
        if host not in broker.hosts:
            text = f"{host} belongs to the cluster, and this centre does not know it"
            yield CheckResult(Verdict.WARNING, "node", text, "add it to [broker] more")
    if not missing:
        yield CheckResult(Verdict.GOOD, "nodes", f"{len(running)} of {len(broker.hosts)} run")
    if len(broker.hosts) == 1:
        text = "it is one node alone: what it holds is away when it is"
        yield CheckResult(Verdict.WARNING, "nodes", text, "three nodes: docs/cluster.md")


def _plugins(nodes: Found) -> Iterator[CheckResult]:
    wrong = False
    for node in nodes:
        enabled = frozenset(node.get("enabled_plugins", ()))
        # One that has just started has told of none yet: it has what answers here, at least.
        lacking = sorted(PLUGINS - enabled) if node.get("running") and enabled else []
        if lacking:
            wrong = True
            remedy = f"rabbitmq-plugins enable {' '.join(lacking)}, on that node"
            text = f"{host_of(node)} lacks {', '.join(lacking)}"
            yield CheckResult(Verdict.BAD, "plugins", text, remedy)
    if not wrong:
        yield CheckResult(Verdict.GOOD, "plugins", "every node has those that gates and centre need")


def _listeners(api: ManagementApi) -> Iterator[CheckResult]:
    overview = api.one("overview") or {}
    plain = [one for one in overview.get("listeners", ()) if one.get("protocol") in {"amqp", "mqtt", "http"}]
    for one in plain:
        text = f"{one.get('node')} listens without TLS at port {one.get('port')} ({one.get('protocol')})"
        yield CheckResult(Verdict.BAD, "listeners", text, "take the listener out of rabbitmq.conf")
    if not plain:
        version = overview.get("rabbitmq_version", "?")
        yield CheckResult(Verdict.GOOD, "listeners", f"RabbitMQ {version}, with TLS everywhere")


def _topics(api: ManagementApi) -> Iterator[CheckResult]:
    """Whether a user may read or write what is another's: each pattern is tried on a device that there is
    not.
    """
    rules = {
        str(one.get("user")): one for one in api.found("topic-permissions") if one.get("exchange") == EXCHANGE
    }
    allowed = {str(one.get("user")) for one in api.found("permissions")}
    wrong = []
    for user in sorted(allowed - {BROKER_ADMINISTRATOR}):
        rule = rules.get(user)
        reads, writes = _probes(user)
        if rule is None:
            wrong.append(f"{user} has no rule for topics: it may read and write all")
        elif any(_matches(rule, "read", key) for key in reads):
            wrong.append(f"{user} may read what is said to other devices")
        elif any(_matches(rule, "write", key) for key in writes):
            wrong.append(f"{user} may write as another device")
    for text in wrong[:_MOST_TOLD]:
        yield CheckResult(Verdict.BAD, "access list", text, _APPLY)
    if len(wrong) > _MOST_TOLD:
        text = f"and {len(wrong) - _MOST_TOLD} users more may too much"
        yield CheckResult(Verdict.BAD, "access list", text, _APPLY)
    if not wrong:
        yield CheckResult(Verdict.GOOD, "access list", f"{len(allowed)} users, each for its own topics")


_NOBODY = "gatepost.check"
"""A device that there is not; its dot is what a pattern that quotes nothing takes for any letter."""


def _probes(user: str) -> tuple[list[str], list[str]]:
    """The routing keys that a user must not read, and those that it must not write."""
    up = [key_of(channel.of(_NOBODY)) for channel in Channel if channel.goes_up]
    down = [key_of(channel.of(_NOBODY)) for channel in Channel if not channel.goes_up]
    if user == CENTRAL:
        return down, up
    # One whose id differs from the user's by the letter that a dot stands for.
    like = user.replace(".", "x") if "." in user else f"{user}x"
    told, said = (
        key_of(channel.value.format(like)) for channel in (Channel.ACKNOWLEDGEMENT, Channel.JOURNAL)
    )
    return [*up, *down, told, key_of(Channel.ACKNOWLEDGEMENT.value.format("*")), "#"], [*up, *down, said]


def _matches(rule: Mapping[str, Any], act: str, key: str) -> bool:
    try:
        return re.search(str(rule.get(act, "")), key) is not None
    except re.error:
        return True


def _claim(api: ManagementApi, centre: str) -> Iterator[CheckResult]:
    """Whether this centre keeps the broker."""
    try:
        check_centre(read_mark(api), centre, api.host)
    except BrokerKeptElsewhere as error:
        yield CheckResult(Verdict.BAD, "centre", error.what, error.remedy)
    else:
        yield CheckResult(Verdict.GOOD, "centre", "no other centre keeps the broker")


def _differences(api: ManagementApi, broker: Broker, devices: Collection[str]) -> Iterator[CheckResult]:
    for device in sorted(frozenset(devices).difference(let_in(devices)))[:_MOST_TOLD]:
        text = f"{device} is not let in: a service, or the beginning of another device's id, is called so"
        yield CheckResult(Verdict.BAD, "broker", text, "give one of the two another id: docs/cluster.md")
    found = differences(api, broker.journals, devices)
    for change in found[:_MOST_TOLD]:
        remedy = _APPLY if change.item is not None else f"{_APPLY} --take-over shows what would go"
        yield CheckResult(Verdict.BAD, "broker", _told(change), remedy)
    if len(found) > _MOST_TOLD:
        text = f"{len(found) - _MOST_TOLD} differences more"
        yield CheckResult(Verdict.BAD, "broker", text, "gatepost central broker show")
    if not found:
        text = f"queues, rules and {len(devices)} devices' users are as they have to be"
        yield CheckResult(Verdict.GOOD, "broker", text)


def _told(change: Change) -> str:
    name = " ".join(part for part in change.key if part not in {"/", "e"})
    what = change.kind.removesuffix("s").replace("policie", "policy")
    kept = ": not quorum, or not as it has to be; move it by hand" if change.kind == "queues" else ""
    return f"{what} {name} {change.why}{kept if change.why != 'is missing' else ''}"


def _queues(api: ManagementApi, nodes: int) -> Iterator[CheckResult]:
    names: dict[tuple[Verdict, str, str], list[str]] = {}
    for queue in queues_of(api):
        for found in _of_queue(queue, nodes):
            names.setdefault(found, []).append(str(queue.get("name")))
    for (verdict, text, remedy), (first, *others) in names.items():
        more = f" (and {counted(len(others), 'queue')} more)" if others else ""
        yield CheckResult(verdict, "queues", f"{first}{more} {text}", remedy)
    if not names:
        yield CheckResult(Verdict.GOOD, "queues", "each on every node, with a consumer")


def _of_queue(queue: Mapping[str, Any], nodes: int) -> Iterator[tuple[Verdict, str, str]]:
    name = str(queue.get("name"))
    if name.startswith("gatepost.centre."):
        return
    if queue.get("type") != "quorum":
        yield (
            Verdict.BAD,
            "is not quorum: what it holds is lost with its node",
            "docs/cluster.md says how to move it",
        )
        return
    members, online = queue.get("members", ()), queue.get("online", ())
    if 2 * len(online) <= len(members):
        yield Verdict.BAD, f"has no majority: {len(online)} of {len(members)} nodes", _LOOK
    elif len(online) < len(members):
        yield Verdict.WARNING, f"is on {len(online)} of its {len(members)} nodes", _LOOK
    elif len(members) < nodes:
        yield Verdict.WARNING, f"is on {len(members)} of {nodes} nodes", "rabbitmq-queues grow NODE all"
    if name == DEAD:
        if queue.get("messages"):
            text = f"holds {queue['messages']} messages that no centre could take"
            yield Verdict.WARNING, text, "docs/cluster.md: Messages that no centre could take"
    elif not queue.get("consumers"):
        yield Verdict.WARNING, "has no consumer: no centre takes from it", "systemctl status gatepost-central"
    held, most = queue.get("message_bytes", 0), limit_of(queue)
    if most and isinstance(held, int) and held > FULL * most:
        text = f"is nearly full: {held:,} of {most:,} bytes; what is beyond is not taken from gates"
        yield Verdict.WARNING, text, "is a centre taking from it, and is its database up?"
