"""`gatepost models`: fetch, list and verify the model files."""

from __future__ import annotations

import cyclopts
import msgspec
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Table

from models.catalogue import MODELS, Model, model
from models.fetch import fetch
from models.store import Presence, default_folder, presence_of

app = cyclopts.App(name="models", help="Fetch, list and verify the model files.")

_COLOURS = {Presence.GOOD: "green", Presence.MISSING: "yellow", Presence.WRONG: "red"}


@app.command
def get(*names: str, everything: bool = False) -> None:
    """Fetch the models that a gate needs, or those named, or all with --everything."""
    folder = default_folder()
    chosen = [model(name) for name in names] or [entry for entry in MODELS if entry.needed or everything]
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
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
    rows = [(entry, presence_of(entry, folder)[0]) for entry in MODELS]
    if json:
        for entry, presence in rows:
            row = {
                "name": entry.name,
                "file": str(folder / entry.file),
                "presence": presence.value,
                "licence": entry.licence,
                "sha256": list(entry.usable),
            }
            print(msgspec.json.encode(row).decode())
        return
    table = Table("model", "what it does", "licence", "MB", "here")
    for entry, presence in rows:
        mark = f"[{_COLOURS[presence]}]{presence}[/]"
        table.add_row(entry.name, entry.what, entry.licence, f"{entry.size / 1e6:.1f}", mark)
    Console().print(table)
    print(f"folder: {folder}")


@app.command
def verify() -> int:
    """Check the hash of every model file on this machine; exit 1 if a needed one is missing or any wrong."""
    folder, bad = default_folder(), 0
    for entry in MODELS:
        presence, found = presence_of(entry, folder)
        print(f"{entry.name}: {presence}{f' (sha256 {found})' if found else ''}")
        bad += presence is Presence.WRONG or (presence is Presence.MISSING and entry.needed)
    if bad:
        print("run: gatepost models get (after removing a wrong file)")
    return 1 if bad else 0
