"""RabbitMQ's management API, at the first node that answers: what there is; what is made and taken away."""

from __future__ import annotations

import http.client
import json
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from edge.errors import ConfigurationError, GatepostError
from edge.support.decoding import Undecodable, json_of
from sync.transport.broker import Broker, Management, read_password
from sync.transport.core import Named
from sync.transport.naming import name_error
from sync.transport.tls import tls_of

_WITHIN = 10.0
_MOST_BYTES = 64 * 1024 * 1024
"""More than the users, or the connections, of a hundred thousand devices take."""
_GONE = 404
_FAULTS = {
    401: "check user and password in [broker.management]: gatepost central broker init makes both",
    403: "the user of [broker.management] has to be an administrator",
}
Found = list[Mapping[str, Any]]


class ManagementError(GatepostError):
    """The management API is not reached, or refuses."""


@dataclass(frozen=True)
class ManagementAnswer:
    """What a node answers: a status, a value, and the node's clock (seconds since 1970) where it says it."""

    status: int
    value: Any
    clock: float | None


class ManagementApi:
    """One connection to the API of one node."""

    def __init__(self, connection: http.client.HTTPSConnection, host: str, head: Mapping[str, str]) -> None:
        self._connection = connection
        self._head = head
        self.host = host

    def found(self, *path: str, columns: str = "") -> Found:
        """A list of what there is. Raises ManagementError."""
        query = f"?columns={columns}" if columns else ""
        answer = self.ask("GET", _path(path) + query)
        if answer.status != http.client.OK or not isinstance(answer.value, list):
            raise self._refused(answer, path)
        return [one for one in answer.value if isinstance(one, dict)]

    def one(self, *path: str) -> Mapping[str, Any] | None:
        """One thing; None where it is not there. Raises ManagementError."""
        answer = self.ask("GET", _path(path))
        if answer.status == _GONE:
            return None
        if answer.status != http.client.OK or not isinstance(answer.value, dict):
            raise self._refused(answer, path)
        return answer.value

    def put(self, *path: str, values: Mapping[str, Any]) -> None:
        """Make a thing, or change it. Raises ManagementError."""
        self._done(self.ask("PUT", _path(path), values), path)

    def post(self, *path: str, values: Mapping[str, Any]) -> None:
        """Add a thing. Raises ManagementError."""
        self._done(self.ask("POST", _path(path), values), path)

    def delete(self, *path: str) -> bool:
        """Take a thing away; returns whether it was there. Raises ManagementError."""
        answer = self.ask("DELETE", _path(path))
        if answer.status == _GONE:
            return False
        self._done(answer, path)
        return True

    def ask(self, method: str, path: str, values: Mapping[str, Any] | None = None) -> ManagementAnswer:
        """What the node answers. Raises ManagementError where it does not."""
        body = None if values is None else json.dumps(values)
        try:
            self._connection.request(method, f"/api/{path}", body, dict(self._head))
            answer = self._connection.getresponse()
            data = answer.read(_MOST_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            what = f"the management API does not answer: {str(error) or type(error).__name__}"
            raise ManagementError(what, where=self.host) from None
        if len(data) > _MOST_BYTES:
            raise ManagementError("the management API answers too much", where=self.host)
        return ManagementAnswer(answer.status, _value(data), _clock(answer.getheader("Date")))

    def _done(self, answer: ManagementAnswer, path: tuple[str, ...]) -> None:
        if answer.status not in {200, 201, 204}:
            raise self._refused(answer, path)

    def _refused(self, answer: ManagementAnswer, path: tuple[str, ...]) -> ManagementError:
        said = answer.value.get("reason", "") if isinstance(answer.value, dict) else ""
        what = f"the management API refuses {' '.join(path)}: {answer.status} {str(said)[:200]}".rstrip()
        return ManagementError(what, where=self.host, remedy=_FAULTS.get(answer.status, "its log says why"))


@contextmanager
def managed(broker: Broker) -> Iterator[ManagementApi]:
    """The API of the first of the broker's nodes that answers. Raises GatepostError."""
    section = section_of(broker)
    why: dict[str, Named] = {}
    for host in broker.hosts:
        try:
            connection = _connected(broker, host, section)
        except (OSError, ValueError) as error:
            why[host] = name_error(error, broker.at(host))
            continue
        try:
            yield ManagementApi(connection, host, _head(section))
        finally:
            connection.close()
        return
    said = "; ".join(f"{host}: {named.text}" for host, named in why.items())
    raise ManagementError(
        f"the management API is not reached: {said}",
        where=f"port {section.port}",
        remedy="systemctl status rabbitmq-server, on each node",
    )


def section_of(broker: Broker) -> Management:
    """`[broker.management]`. Raises ConfigurationError where there is none."""
    if broker.management is None:
        raise ConfigurationError(
            "no management API of the broker is known",
            where="[broker.management]",
            remedy="set password, and user where it is another: docs/cluster.md",
        )
    return broker.management


def _connected(broker: Broker, host: str, section: Management) -> http.client.HTTPSConnection:
    context = tls_of(broker) or ssl.create_default_context()
    connection = http.client.HTTPSConnection(host, section.port, timeout=_WITHIN, context=context)
    connection.connect()
    return connection


def _head(section: Management) -> dict[str, str]:
    who = f"{section.user}:{read_password(section.password)}".encode()
    return {"Authorization": f"Basic {b64encode(who).decode()}", "Content-Type": "application/json"}


def _path(parts: tuple[str, ...]) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def _value(data: bytes) -> Any:
    try:
        return json_of(data, object) if data else None
    except Undecodable:
        return None


def _clock(text: str | None) -> float | None:
    try:
        return None if text is None else parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None
