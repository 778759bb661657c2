"""`gatepost replay`: feed pictures, folders or videos through the gate's own pipeline."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.text import Text

from edge.cli.logs import quiet_logs
from edge.cli.terminal import console
from edge.configuration import load_configuration
from edge.diagnostics.replay import Answer
from edge.diagnostics.replay import replay as play_back
from edge.registry.lists import ListNews
from edge.runtime.registry_service import RegistryNews

_COLOURS = {"grant": "green", "refer": "yellow", "deny": "red"}


def replay(
    *inputs: Path,
    config: Annotated[Path, Parameter(name="--config", help="the gate's gate.toml")],
    at: Annotated[
        datetime | None, Parameter(help="the time to decide at, ISO 8601; UTC without a zone")
    ] = None,
    json: Annotated[bool, Parameter(help="one JSON object a decision")] = False,
) -> int:
    """Decide on INPUTS as the gate would, with simulated pins. Exit 1 if one could not be read."""
    quiet_logs()
    configuration = load_configuration(config)
    when = at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
    out = console()
    unread = 0
    for answer in play_back(configuration, inputs, when, tell=_tell):
        unread += bool(answer.refused)
        if json:
            print(msgspec.json.encode(answer.plain()).decode(), flush=True)
        else:
            out.print(_line(answer), soft_wrap=True)
    return 1 if unread else 0


def _tell(news: RegistryNews | ListNews) -> None:
    """Why everybody is refused, if that is why."""
    if isinstance(news, ListNews):
        if news.refusal:
            print(f"{news.name}: {news.refusal}", file=sys.stderr)
        return
    for text in (news.text, *news.findings):
        if text:
            print(f"registry: {text}", file=sys.stderr)


def _line(answer: Answer) -> Text:
    plain = answer.plain()
    decision = plain["decision"]
    if decision is None:
        return Text(f"{plain['input']}: {plain['reason']} {plain.get('error', '')}", "dim")
    total = plain["latency_ms"]["total"]
    subject = plain["subject"] or "nobody known"
    liveness = plain["evidence"]["liveness"]
    alive = "" if liveness is None else f" liveness {liveness:.2f}"
    rest = f" {plain['reason']} ({subject}){alive} {total:.0f} ms"
    return Text.assemble(f"{plain['input']}: ", (decision, _COLOURS[decision]), rest)
