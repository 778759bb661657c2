"""`gatepost journal`: read, verify and export a gate's journal, also while the gate runs."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import cyclopts
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.text import Text

from edge.cli.answers import Json, answer, encoded
from edge.cli.arguments import GateFile, Until, aware, gate_configuration
from edge.cli.files_to_read import Reads
from edge.cli.terminal import console
from edge.decision import Decision
from edge.journal.format import AccessDecided, Entry, table_of_kinds, understood
from edge.journal.reader import JournalReader

app = cyclopts.App(name="journal", help="Read, verify and export a gate's journal.")
kind_app = cyclopts.App(name="kind", help="The kinds of events.")
app.command(kind_app)

File = Annotated[
    Path | None,
    Reads("a gate makes it when it first runs"),
    Parameter(name="--journal", help="The journal's own file, instead of --config."),
]

_COLOURS = {"grant": "green", "refer": "yellow", "deny": "red"}


@app.command
def tail(
    *,
    config: GateFile = None,
    journal: File = None,
    count: Annotated[
        int, Parameter(name=["--count", "-n"], help="How many events.", validator=Number(gte=0, lte=10**6))
    ] = 20,
    follow: Annotated[bool, Parameter(help="Go on with what is added.")] = False,
    json: Json = False,
) -> None:
    """Show the newest events, and with --follow what is added to them.

    Example: gatepost journal tail --follow --config gates/main/gate.toml
    """
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
def verify(*, config: GateFile = None, journal: File = None, json: Json = False) -> int:
    """Verify the hash chain of all events; exit 1 and name the sequence where it does not hold.

    Example: gatepost journal verify --config gates/main/gate.toml
    """
    path = _path(config, journal)
    with closing(JournalReader(path)) as reader:
        found = list(reader.verify())
        newest = reader.newest(1)
    last = newest[0] if newest else None
    end = "it is empty" if last is None else f"up to sequence {last.sequence}, hash {last.hash.hex()[:16]}"
    answer(
        {
            "file": str(path),
            "problems": [str(item) for item in found],
            "sequence": None if last is None else last.sequence,
            "hash": None if last is None else last.hash.hex(),
        },
        *(map(str, found) if found else (f"{path}: the chain holds, {end}",)),
        json=json,
    )
    return int(bool(found))


@app.command
def export(
    *,
    config: GateFile = None,
    journal: File = None,
    since: Annotated[datetime | None, Parameter(help="The begin (ISO 8601; UTC without a zone).")] = None,
    until: Until = None,
    form: Annotated[
        Literal["jsonl", "csv"], Parameter(name="--format", help="Objects, or a table.")
    ] = "jsonl",
    json: Annotated[bool, Parameter(name="--json", help="The same as --format jsonl.")] = False,
) -> None:
    """Write the events of a time to standard output: every field, or a table for a spreadsheet.

    Example: gatepost journal export --since 2026-11-01 --until 2026-11-30 --format csv
    """
    with closing(JournalReader(_path(config, journal))) as reader:
        entries = (entry for entry in reader.every() if _within(entry, since, until))
        if form == "csv" and not json:
            _write_table(entries)
        else:
            for entry in entries:
                print(encoded(_fields(entry)))


@kind_app.command(name="list")
def list_kinds(*, json: Json = False) -> None:
    """Show what every kind of event means and says, as docs/journal.md has it.

    Example: gatepost journal kind list
    """
    table = "\n".join(table_of_kinds())
    answer({"table": table}, table, json=json)


def _path(config: Path | None, journal: Path | None) -> Path:
    if journal is not None:
        return journal
    return gate_configuration(config).journal.path


def _within(entry: Entry, since: datetime | None, until: datetime | None) -> bool:
    begins, ends = aware(since), aware(until)
    return (begins is None or entry.wall.at >= begins) and (ends is None or entry.wall.at < ends)


def _fields(entry: Entry) -> dict[str, Any]:
    return {
        "epoch": entry.epoch.hex(),
        "sequence": entry.sequence,
        "gate": entry.gate,
        "at": entry.wall.at.isoformat(),
        "trust": entry.trust.value,
        "kind": entry.kind,
        "body": entry.shown,
        "hash": entry.hash.hex(),
    }


def _write_table(entries: Iterator[Entry]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(
        ["epoch", "sequence", "at", "trust", "kind", "outcome", "reason", "subject", "alarms", "body"]
    )
    for entry in entries:
        decision = _decision(entry)
        writer.writerow(
            [
                entry.epoch.hex(),
                entry.sequence,
                entry.wall.at.isoformat(),
                entry.trust.value,
                entry.kind,
                "" if decision is None else decision.outcome.value,
                "" if decision is None else decision.reason.value,
                "" if decision is None else _not_a_formula(decision.subject_id or ""),
                "" if decision is None else _alarms(decision),
                encoded(entry.shown),
            ]
        )


def _decision(entry: Entry) -> Decision | None:
    """The decision that an event tells of; None too where a later version tells it in words unknown here."""
    event = understood(entry) if entry.kind == AccessDecided.kind else None
    return event.decision if isinstance(event, AccessDecided) else None


def _alarms(decision: Decision) -> str:
    """The reasons of a decision's alarms; empty where it has none."""
    return " ".join(alarm.reason.value for alarm in decision.alarms)


def _not_a_formula(text: str) -> str:
    """A spreadsheet would run a cell that begins like a formula (CWE-1236)."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _details(shown: dict[str, Any] | str) -> str:
    if isinstance(shown, str):
        return f"(unreadable) {shown}"
    return ", ".join(f"{key} {value}" for key, value in shown.items() if value is not None)


def _show(entry: Entry, out: Console, *, json: bool) -> None:
    if json:
        print(encoded(_fields(entry)))
        return
    line = Text(f"{entry.sequence:>7}  {entry.wall.at:%Y-%m-%d %H:%M:%S}  ")
    decision = _decision(entry)
    if decision is not None:
        line.append(f"{decision.outcome.value:<6}", style=_COLOURS.get(decision.outcome, ""))
        line.append(f" {decision.reason.value:<22} {decision.subject_id or ''}  ({decision.rule})")
        alarms = _alarms(decision)
        line.append(f"  alarm: {alarms}" if alarms else "", style="bold red")
    else:
        line.append(f"{entry.kind}  {_details(entry.shown)}", style="dim")
    if entry.trust != "trusted":
        line.append(f"  clock: {entry.trust}", style="yellow")
    out.print(line, soft_wrap=True)
