"""`gatepost replay`: feed pictures, folders or videos through the gate's own pipeline."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from edge.cli.answers import Json, note, objects
from edge.cli.arguments import GateFile, aware, gate_configuration
from edge.cli.logs import quiet_logs
from edge.cli.terminal import console
from edge.diagnostics.replay import ReplayResult
from edge.diagnostics.replay import replay as play_back
from edge.registry.lists import ListNews
from edge.runtime.registry_service import RegistryNews

_COLOURS = {"grant": "green", "refer": "yellow", "deny": "red"}


def replay(
    *inputs: Annotated[Path, Parameter(name="INPUT", help="Pictures, folders of them, or videos.")],
    config: GateFile = None,
    at: Annotated[
        datetime | None, Parameter(help="The time to decide at (ISO 8601; UTC without a zone).")
    ] = None,
    json: Json = False,
) -> int:
    """Print what the gate would decide on INPUT (`edge.cli.main` has the help)."""
    quiet_logs()
    configuration = gate_configuration(config)
    when = aware(at)
    out = console()
    unread = 0
    for answer in play_back(configuration, inputs, when, notify=partial(_tell, json=json)):
        unread += bool(answer.refused)
        if json:
            objects([answer.plain()])
        else:
            out.print(_line(answer), soft_wrap=True)
    return 1 if unread else 0


def _tell(news: RegistryNews | ListNews, *, json: bool) -> None:
    """Why everybody is refused, if that is why."""
    if isinstance(news, ListNews):
        if news.refusal:
            note(f"{news.name}: {news.refusal}", json=json)
        return
    for text in (news.text, *news.findings):
        if text:
            note(f"registry: {text}", json=json)


def _line(answer: ReplayResult) -> Text:
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
