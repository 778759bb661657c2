"""/metrics for Prometheus: gates, probes, what arrives, what is asked, what fails. Nothing of any person."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, generate_latest
from sqlalchemy import Connection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.central.accesses.tables import access
from sync.central.accounts.core import Act
from sync.central.devices.core import GateStateKind
from sync.central.devices.gates_now import gate_states
from sync.central.devices.probes import probe_of
from sync.central.tables import device
from sync.central.web.api.calls import Call
from sync.central.web.visit import Visit

PATH = "/metrics"
_NEWEST = (
    sa.select(access.c.number, access.c.at, access.c.received_at).order_by(access.c.number.desc()).limit(1)
)


class RequestCounter:
    """Counts what is asked of this process, and how it was answered."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "gatepost_http_answers", "Answers by this process", ["status"], registry=self.registry
        )
        self._database = Counter(
            "gatepost_database_failures", "Answers that the database kept from", registry=self.registry
        )

    def count(self, status: int) -> None:
        self._answers.labels(f"{status // 100}xx").inc()
        if status == 503:
            self._database.inc()


class CountsAnswers:
    """Counts every answer."""

    def __init__(self, app: ASGIApp, *, asked: RequestCounter) -> None:
        self._app, self._asked = app, asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._asked.count(message["status"])
            await send(message)

        await self._app(scope, receive, counting if scope["type"] == "http" else send)


def serve_metrics(app: FastAPI) -> None:
    """Have `app` answer /metrics, to a token that may see."""
    asked = RequestCounter()
    app.state.api_acts |= {("GET", PATH): Act.SEE}

    def metrics(call: Call) -> Response:
        with call.store.reading() as connection:
            state = _state(call, connection)
        text = generate_latest(state) + generate_latest(asked.registry)
        return Response(text, media_type=CONTENT_TYPE_LATEST)

    app.add_api_route(PATH, metrics, methods=["GET"], response_model=None, include_in_schema=False)
    app.add_middleware(CountsAnswers, asked=asked)


def _state(call: Visit, connection: Connection) -> CollectorRegistry:
    """What the store says now, as far as the token sees."""
    registry = CollectorRegistry()
    gates = Gauge("gatepost_gates", "Gates in sight by state", ["state"], registry=registry)
    states = gate_states(connection, call.now, devices=call.sight.of(device.c.site))
    tally = Tally(state.kind for state in states.values())
    for kind in GateStateKind:
        gates.labels(kind.value).set(tally[kind])
    words = "Since the newest probe that worked"
    age = Gauge("gatepost_probe_age_seconds", words, ["device"], registry=registry)
    for name, probe in probe_of(connection, call.sight).items():
        if probe.worked_at is not None:
            age.labels(name).set((call.now - probe.worked_at) / 1e6)
    newest = connection.execute(_NEWEST).first()
    for name, words, value in _ingest(call.now, newest):
        Gauge(name, words, registry=registry).set(value)
    return registry


def _ingest(now: int, newest: Any) -> Iterator[tuple[str, str, float]]:
    if newest is not None:
        yield "gatepost_accesses_stored", "The number of the newest access", newest.number
        lag, age = newest.received_at - newest.at, now - newest.received_at
        yield "gatepost_ingest_lag_seconds", "The newest access, from gate to store", lag / 1e6
        yield "gatepost_ingest_age_seconds", "Since the newest access was stored", age / 1e6
