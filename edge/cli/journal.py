"""`gatepost journal`: read, verify and export a gate's journal, also while the gate runs."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import cyclopts
import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.text import Text

from edge.cli.sites import Until
from edge.cli.terminal import console
from edge.configuration import load_configuration
from edge.errors import ConfigurationError
from edge.journal.format import Entry, EventKind
from edge.journal.reader import JournalReader

app = cyclopts.App(name="journal", help="Read, verify and export a gate's journal.")

Config = Annotated[Path | None, Parameter(name="--config", help="the gate's gate.toml")]
File = Annotated[Path | None, Parameter(name="--journal", help="the journal's own file, instead of --config")]

_COLOURS = {"grant": "green", "refer": "yellow", "deny": "red"}


@app.command
def tail(
    *,
    config: Config = None,
    journal: File = None,
    count: Annotated[int, Parameter(name=["--count", "-n"])] = 20,
    follow: bool = False,
    json: bool = False,
) -> None:
    """Show the newest events, and with --follow what is added to them."""
    with closing(JournalReader(_path(config, journal))) as reader:
        out = console()
        entries = reader.newest(count)
        for entry in entries:
            _show(entry, out, json=json)
        while follow:
            after = entries[-1] if entries else None
            entries = reader.since(after.epoch if after else None, after.sequence if after else 0) or entries
            if after is None or entries[-1] is not after:
                for entry in entries:
                    _show(entry, out, json=json)
            time.sleep(0.5)


@app.command
def verify(*, config: Config = None, journal: File = None) -> int:
    """Check the hash chain of all events; exit 1 and name the sequence where it does not hold."""
    path = _path(config, journal)
    with closing(JournalReader(path)) as reader:
        found = list(reader.verify())
        newest = reader.newest(1)
    for item in found:
        print(item)
    if found:
        return 1
    end = (
        f"up to sequence {newest[0].sequence}, hash {newest[0].hash.hex()[:16]}" if newest else "it is empty"
    )
    print(f"{path}: the chain holds, {end}")
    return 0


@app.command
def export(
    *,
    config: Config = None,
    journal: File = None,
    since: Annotated[datetime | None, Parameter(name="--from", help="from this time on")] = None,
    until: Annotated[Until, Parameter(name="--to")] = None,
    form: Annotated[Literal["jsonl", "csv"], Parameter(name="--format")] = "jsonl",
) -> None:
    """Write the events of a time to standard output: every field, or a table for a spreadsheet."""
    with closing(JournalReader(_path(config, journal))) as reader:
        entries = (entry for entry in reader.every() if _within(entry, since, until))
        if form == "csv":
            _write_table(entries)
        else:
            for entry in entries:
                print(_line(entry))


def _path(config: Path | None, journal: Path | None) -> Path:
    if journal is not None:
        return journal
    if config is None:
        raise ConfigurationError("which journal?", remedy="name --config gate.toml or --journal FILE")
    return load_configuration(config).journal.path


def _within(entry: Entry, since: datetime | None, until: datetime | None) -> bool:
    at = entry.wall.at
    return (since is None or at >= _aware(since)) and (until is None or at < _aware(until))


def _aware(instant: datetime) -> datetime:
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _fields(entry: Entry) -> dict[str, Any]:
    return {
        "epoch": entry.epoch.hex(),
        "sequence": entry.sequence,
        "gate": entry.gate,
        "at": entry.wall.at.isoformat(),
        "trust": entry.trust.value,
        "kind": entry.kind,
        "body": entry.content,
        "hash": entry.hash.hex(),
    }


def _line(entry: Entry) -> str:
    return msgspec.json.encode(_fields(entry)).decode()


def _write_table(entries: Iterator[Entry]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(
        ["epoch", "sequence", "at", "trust", "kind", "outcome", "reason", "subject", "alarms", "body"]
    )
    for entry in entries:
        decision = entry.content.get("decision") or {}
        writer.writerow(
            [
                entry.epoch.hex(),
                entry.sequence,
                entry.wall.at.isoformat(),
                entry.trust.value,
                entry.kind,
                decision.get("outcome", ""),
                decision.get("reason", ""),
                _not_a_formula(decision.get("subject_id") or ""),
                _alarms(decision),
                entry.body.decode(),
            ]
        )


def _alarms(decision: dict[str, Any]) -> str:
    """The reasons of a decision's alarms; empty where it has none."""
    return " ".join(alarm["reason"] for alarm in decision.get("alarms") or ())


def _not_a_formula(text: str) -> str:
    """A spreadsheet would run a cell that begins like a formula (CWE-1236)."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _show(entry: Entry, out: Console, *, json: bool) -> None:
    if json:
        print(_line(entry))
        return
    line = Text(f"{entry.sequence:>7}  {entry.wall.at:%Y-%m-%d %H:%M:%S}  ")
    if entry.kind == EventKind.ACCESS_DECIDED:
        decision = entry.content["decision"]
        line.append(f"{decision['outcome']:<6}", style=_COLOURS.get(decision["outcome"], ""))
        line.append(f" {decision['reason']:<22} {decision['subject_id'] or ''}  ({decision['rule']})")
        alarms = _alarms(decision)
        line.append(f"  alarm: {alarms}" if alarms else "", style="bold red")
    else:
        details = ", ".join(f"{key} {value}" for key, value in entry.content.items() if value is not None)
        line.append(f"{entry.kind}  {details}", style="dim")
    if entry.trust != "trusted":
        line.append(f"  clock: {entry.trust}", style="yellow")
    out.print(line, soft_wrap=True)
