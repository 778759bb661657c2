"""`gatepost models`: fetch, list and verify the model files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import cyclopts
from cyclopts import Parameter
from rich.markdown import Markdown
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from edge.cli.answers import Json, answer, objects, warn
from edge.cli.terminal import console
from models.cards import card_of
from models.catalogue import MODELS, Model, model
from models.errors import ModelError
from models.fetch import MIRROR_VARIABLE, OtherSource, fetch
from models.store import FileState, default_folder, file_state_of, place_of

app = cyclopts.App(name="models", help="Get, list and verify the model files.")

_COLOURS = {FileState.GOOD: "green", FileState.MISSING: "yellow", FileState.WRONG: "red"}


Name = Annotated[str, Parameter(name="MODEL", help="The model's name: gatepost models list.")]


@app.command
def get(*names: Name, json: Json = False) -> None:
    """Get the models that a gate uses, or those named; exit 1 if one that a gate needs cannot be had.

    One that a gate can do without is a warning.

    Example: gatepost models get
    """
    get_models(names, (), json=json)


def get_models(names: Sequence[str], others: Sequence[OtherSource], *, json: bool) -> None:
    """Get these models, or those that a gate uses, also from `others`; say from where. Raises ModelError."""
    folder = default_folder()
    chosen = [model(name) for name in names] or [entry for entry in MODELS if not entry.only_by_name]
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    missing: dict[str, ModelError] = {}
    asked: list[tuple[str, str, str]] = []
    with Progress(*columns, console=console(stderr=True)) as bar:
        for entry in chosen:
            try:
                _get(entry, bar, others, asked)
            except ModelError as error:
                if names:
                    raise
                missing[entry.name] = error
    warn(_passed_over(asked, missing), json=json)
    warn(_without(missing), json=json)
    needed = [name for name in missing if model(name).needed]
    if needed:
        raise ModelError(
            f"no gate that sees faces starts without {' and '.join(needed)}",
            where=str(folder),
            remedy=f"gatepost models get again, with a network or a mirror ({MIRROR_VARIABLE})",
        )
    held = [entry.name for entry in chosen if entry.name not in missing]
    sources = {name: source for name, source, why in asked if not why}
    fields = {"models": held, "missing": [*missing], "folder": str(folder), "sources": sources}
    came = (f"{name} from {source}" for name, source in sources.items())
    answer(fields, *came, f"{', '.join(held)} in {folder}", json=json)


def _passed_over(asked: Iterable[tuple[str, str, str]], missing: Mapping[str, ModelError]) -> Iterator[str]:
    """Why a source was passed over for the next one; of a file that none gave, the error says it."""
    for name, source, why in asked:
        if why and name not in missing:
            yield f"{name}: {source}: {why}"


def _without(missing: Mapping[str, ModelError]) -> Iterator[str]:
    """What was answered for each model that could not be fetched, and what a gate cannot do without them."""
    yield from map(str, missing.values())
    names: dict[str, list[str]] = {}
    for name in missing:
        if not model(name).needed:
            names.setdefault(model(name).without, []).append(name)
    for lost, those in names.items():
        yield f"without {' and '.join(those)} {lost}"


def _get(
    entry: Model, bar: Progress, others: Sequence[OtherSource], asked: list[tuple[str, str, str]]
) -> None:
    """Get a model; `asked` is told the model, each source that was asked, and why it did not give it."""
    task: TaskID = bar.add_task(entry.name, total=entry.size)

    def told(_: str, done: int, total: int) -> None:
        bar.update(task, completed=min(done, total))

    if file_state_of(entry)[0] is not FileState.GOOD:
        fetch(
            entry,
            default_folder(),
            told,
            others=others,
            asked=lambda source, why: asked.append((entry.name, source, why)),
        )
    bar.update(task, completed=entry.size)


@app.command(name="list")
def list_models(*, json: Json = False) -> None:
    """List the catalogue, and which files are on this machine.

    Example: gatepost models list
    """
    rows = [(entry, *file_state_of(entry)) for entry in MODELS]
    if json:
        objects(_fields(*row) for row in rows)
        return
    table = Table("model", "what it does", "licence", "MB", "here")
    for entry, presence, _ in rows:
        mark = Text(presence, _COLOURS[presence])
        table.add_row(entry.name, entry.what, entry.licence, f"{entry.size / 1e6:.1f}", mark)
    console().print(table)
    print(f"folder: {default_folder()}")


@app.command
def verify(*, json: Json = False) -> int:
    """Verify the hash of every model file here; exit 1 if any is wrong or one that a gate needs is missing.

    Example: gatepost models verify
    """
    rows = [(entry, *file_state_of(entry)) for entry in MODELS]
    if json:
        objects(_fields(*row) for row in rows)
    bad = [
        entry.name
        for entry, presence, _ in rows
        if presence is FileState.WRONG or (presence is FileState.MISSING and entry.needed)
    ]
    if not json:
        for entry, presence, found in rows:
            expected = f", expected {' or '.join(entry.usable)}" if presence is FileState.WRONG else ""
            print(f"{entry.name}: {presence}{f' (sha256 {found}{expected})' if found else ''}")
        if bad:
            print(f"run: gatepost models get {' '.join(bad)}")
    return 1 if bad else 0


@app.command
def show(name: Name, /, *, json: Json = False) -> None:
    """Show the card of a model: source, licence, measured figures, what its threshold means.

    Example: gatepost models show sface
    """
    text = card_of(name)
    if json:
        objects([{"name": name, "card": text}])
        return
    console().print(Markdown(text))


def _fields(entry: Model, presence: FileState, found: str) -> dict[str, Any]:
    return {
        "name": entry.name,
        "what": entry.what,
        "file": str(place_of(entry)),
        "presence": presence,
        "licence": entry.licence,
        "size": entry.size,
        "needed": entry.needed,
        "sha256": entry.usable,
        "found": found,
    }
