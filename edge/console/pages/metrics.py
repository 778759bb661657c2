"""/metrics for Prometheus: the gate's figures, for this computer, or with the token that gate.toml names."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.responses import Response

from edge.configuration import is_loopback
from edge.console.refusal import Refusal
from edge.console.routes import ConsolePages
from edge.console.visit import ConsoleVisit, VisitOf, client_of
from edge.staff.protocol.figures import Figures
from edge.staff.protocol.watching import Topic, Watch, Watched
from edge.support.decoding import msgpack_decoder
from edge.support.files import read_bounded
from edge.web.routes import PUBLIC
from edge.web.visit import NotFound

PAGES = ConsolePages()
_MOST_TOKEN_BYTES, _FEWEST_TOKEN_BYTES = 1024, 16
_figures_of = msgpack_decoder(Figures)


@PAGES.get("/metrics", right=PUBLIC)
def metrics(visit: VisitOf) -> Response:
    """What the gate says of itself, of no person; a gate that is away is `gatepost_gate_up 0`."""
    if not _may_read(visit):
        raise NotFound
    return Response(text_of(_asked(visit)), media_type=CONTENT_TYPE_LATEST)


def text_of(figures: Figures | None) -> bytes:
    """The figures as Prometheus reads them; None: the gate is away."""
    registry = CollectorRegistry()

    def gauge(name: str, what: str, values: Mapping[str, float] | float | None, label: str = "") -> None:
        if isinstance(values, Mapping):
            made = Gauge(f"gatepost_gate_{name}", what, [label], registry=registry)
            for key, value in values.items():
                made.labels(key).set(value)
        elif values is not None:
            Gauge(f"gatepost_gate_{name}", what, registry=registry).set(values)

    gauge("up", "Whether the gate's process answers", figures is not None)
    if figures is None:
        return generate_latest(registry)
    today = figures.today
    issued = None if figures.issued is None else figures.issued.timestamp()
    accesses = {"granted": today.granted, "denied": today.denied, "by_staff": today.by_staff}
    waits = {"0.5": today.half, "0.95": today.most}
    centre = figures.waiting is not None
    gauge("lane_phase", "1 for what the barrier does now", {figures.lane: 1}, "phase")
    gauge("lane_broken", "Whether the lane is out of order", figures.lane_broken)
    gauge("lane_locked", "Whether the lane is locked", figures.locked)
    gauge("inside", "People inside", figures.inside)
    gauge("registry_version", "The version of the registry in force", figures.registry)
    gauge("registry_issued_seconds", "When that was issued, since 1970", issued)
    gauge("clock_trust", "1 for how far the clock is believed", {figures.clock.value: 1}, "trust")
    gauge("link_broken", "Whether the centre is not heard", figures.link_broken if centre else None)
    gauge("events_unacknowledged", "Events that the centre has not acknowledged", figures.waiting)
    gauge("device_working", "Whether a camera, thermometer or scanner works", figures.devices, "device")
    gauge("accesses_today", "Accesses of the site's day", accesses, "outcome")
    known = {share: took / 1000.0 for share, took in waits.items() if took is not None}
    gauge("decision_seconds", "From the frame to the lane, since the start", known, "quantile")
    return generate_latest(registry)


def _asked(visit: ConsoleVisit) -> Figures | None:
    try:
        answer = visit.ask(Watch((Topic.FIGURES,), most_wait=0.0), Watched)
    except Refusal:
        return None
    value = answer.changed.get(Topic.FIGURES)
    return None if value is None else _figures_of(bytes(value))


def _may_read(visit: ConsoleVisit) -> bool:
    """Whether this computer asks, or somebody with the token."""
    if is_loopback(client_of(visit.request)):
        return True
    scheme, _, given = visit.request.headers.get("authorization", "").partition(" ")
    wanted = _token(visit.services.settings.metrics_token)
    return bool(wanted) and scheme.lower() == "bearer" and compare_digest(given.strip().encode(), wanted)


def _token(file: Path | None) -> bytes:
    """The token in a file; empty where there is none, or it is so short that it can be guessed."""
    if file is None:
        return b""
    try:
        token = read_bounded(file, _MOST_TOKEN_BYTES).strip()
    except OSError:
        return b""
    return token if len(token) >= _FEWEST_TOKEN_BYTES else b""
