"""`gatepost models`: fetch, list and verify the model files."""

from __future__ import annotations

from typing import Annotated

import cyclopts
import msgspec
from rich.markdown import Markdown
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Table

from edge.cli.terminal import console
from models.cards import card_of
from models.catalogue import MODELS, Model, model
from models.fetch import fetch
from models.store import Presence, default_folder, presence_of

app = cyclopts.App(name="models", help="Fetch, list and verify the model files.")

_COLOURS = {Presence.GOOD: "green", Presence.MISSING: "yellow", Presence.WRONG: "red"}


@app.command
def get(
    *names: str, everything: Annotated[bool, cyclopts.Parameter(name="--all", negative="")] = False
) -> None:
    """Fetch the models that a gate needs, or those named, or with --all the whole catalogue."""
    folder = default_folder()
    chosen = [model(name) for name in names] or [entry for entry in MODELS if entry.needed or everything]
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console(stderr=True)) as bar:
        for entry in chosen:
            _get(entry, bar)
    print(f"{', '.join(entry.name for entry in chosen)} in {folder}")


def _get(entry: Model, bar: Progress) -> None:
    task: TaskID = bar.add_task(entry.name, total=entry.size)

    def told(_: str, done: int, total: int) -> None:
        bar.update(task, completed=min(done, total))

    fetch(entry, default_folder(), told)
    bar.update(task, completed=entry.size)


@app.command(name="list")
def list_models(*, json: bool = False) -> None:
    """Show the catalogue, and which files are on this machine."""
    folder = default_folder()
    rows = [(entry, *presence_of(entry, folder)) for entry in MODELS]
    if json:
        _print_json(rows)
        return
    table = Table("model", "what it does", "licence", "MB", "here")
    for entry, presence, _ in rows:
        mark = f"[{_COLOURS[presence]}]{presence}[/]"
        table.add_row(entry.name, entry.what, entry.licence, f"{entry.size / 1e6:.1f}", mark)
    console().print(table)
    print(f"folder: {folder}")


@app.command
def verify(*, json: bool = False) -> int:
    """Check the hash of every model file here; exit 1 if any is wrong or one that a gate needs is missing."""
    folder = default_folder()
    rows = [(entry, *presence_of(entry, folder)) for entry in MODELS]
    if json:
        _print_json(rows)
    bad = [
        entry.name
        for entry, presence, _ in rows
        if presence is Presence.WRONG or (presence is Presence.MISSING and entry.needed)
    ]
    if not json:
        for entry, presence, found in rows:
            expected = f", expected {' or '.join(entry.usable)}" if presence is Presence.WRONG else ""
            print(f"{entry.name}: {presence}{f' (sha256 {found}{expected})' if found else ''}")
        if bad:
            print(f"run: gatepost models get {' '.join(bad)}")
    return 1 if bad else 0


@app.command
def card(name: str) -> None:
    """Show the card of a model: source, licence, measured figures, what its threshold means."""
    console().print(Markdown(card_of(name)))


def _print_json(rows: list[tuple[Model, Presence, str]]) -> None:
    folder = default_folder()
    for entry, presence, found in rows:
        row = {
            "name": entry.name,
            "what": entry.what,
            "file": str(folder / entry.file),
            "presence": presence.value,
            "licence": entry.licence,
            "size": entry.size,
            "needed": entry.needed,
            "sha256": list(entry.usable),
            "found": found,
        }
        print(msgspec.json.encode(row).decode())
