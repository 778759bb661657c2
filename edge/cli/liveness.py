"""`gatepost faces liveness`: how alive faces look to the nets, in pictures and films."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from edge.admin.imports.groups import read_divisions
from edge.cli.answers import DONE, PROBLEM, Json, complain, note, objects, warn
from edge.cli.files_to_read import ToRead
from edge.cli.streams import raw
from edge.cli.terminal import console
from edge.diagnostics.core import LIVE, JudgedBy, LivenessByGroup, PassageOutcome, SpeciesTally, is_too_small
from edge.diagnostics.liveness import PassageOf, measure, unused_without
from edge.errors import VisionError
from edge.support.counted import counted

_NOBODY_LABELLED = (
    "the tables of groups name nobody who was seen: an id is what a person's folder is called, or their "
    "files before the number (Li_Na_0001.jpg)"
)


def liveness(
    *paths: Annotated[Path, Parameter(name="PATH", help="Pictures, films, and folders with all below them.")],
    mode: Annotated[
        JudgedBy, Parameter(help="What the summary counts as alive: by passive, veto or active.")
    ] = JudgedBy.PASSIVE,
    groups: Annotated[
        tuple[Path, ...],
        ToRead,
        Parameter(help="Who is in which group: a table of id and group, such as sex.csv; may be repeated."),
    ] = (),
    json: Json = False,
) -> int:
    """Say how many passages in PATH look alive (`edge.cli.faces` has the help)."""
    if not paths:
        raise VisionError("there is nothing to measure", remedy="name pictures, films or folders")
    by_group = LivenessByGroup(read_divisions(groups))
    passages = measure(paths, mode)
    for name in unused_without():
        note(f"{name} is not on this machine, so less is measured: gatepost models get {name}", json=json)
    tallies: dict[str, SpeciesTally] = {}
    unread = 0
    for passage in _with_progress(passages, json=json):
        unread += passage.passage.outcome is PassageOutcome.UNREADABLE
        tallies.setdefault(passage.species, SpeciesTally()).add(passage.passage, passage.person)
        by_group.add(passage.passage, passage.species, passage.person)
        if json:
            objects([passage.plain()])
        elif passage.error:
            complain(passage.error, json=False, where=passage.file)
    if json:
        summary = {"summary": {species: tally.plain(mode) for species, tally in tallies.items()}}
        objects([summary | ({"groups": by_group.plain(mode)} if groups else {})])
    else:
        console().print(_table(tallies, mode))
        if groups and by_group.tallies:
            console().print(_groups_table(by_group, mode))
    if groups and not by_group.tallies:
        warn((_NOBODY_LABELLED,), json=json)
    return PROBLEM if unread else DONE


def _with_progress(passages: Iterable[PassageOf], *, json: bool) -> Iterator[PassageOf]:
    """`passages`, with a line on a terminal's standard error that says how many there were.

    Where each is printed to a terminal that is progress enough. The answer is never the line's to redirect.
    """
    out = console(stderr=True)
    if not out.is_terminal or (json and raw(sys.stdout).isatty()):
        yield from passages
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True, redirect_stdout=False) as progress:
        line = progress.add_task("measuring")
        for number, passage in enumerate(passages, start=1):
            progress.update(line, description=f"{counted(number, 'passage')}, {passage.file}")
            yield passage


def _table(tallies: dict[str, SpeciesTally], mode: JudgedBy) -> Table:
    table = Table("species", "attempts", "alive", "share", "95 %", "people", "no attempts")
    for species in sorted(tallies, key=lambda name: (name != LIVE, name)):
        tally = tallies[species]
        table.add_row(species, *_cells(tally, mode), _beside(tally.outcomes))
    return table


def _groups_table(by_group: LivenessByGroup, mode: JudgedBy) -> Table:
    table = Table("species", "group", "attempts", "alive", "share", "95 %", "people")
    for group, tally in by_group.in_order():
        *cells, people = _cells(tally, mode)
        few = f"{people}: too few" if is_too_small(tally) else people
        table.add_row(group.species, f"{group.label}: {group.value}", *cells, few)
    return table


def _cells(tally: SpeciesTally, mode: JudgedBy) -> tuple[str, ...]:
    """Attempts, those alive, their share with its interval, and people."""
    rate = tally.rate(mode)
    low, high = rate.interval
    share = "" if rate.share is None else f"{100 * rate.share:.1f} %"
    between = f"{100 * low:.1f} to {100 * high:.1f}" if rate.cases else ""
    return str(rate.cases), str(rate.hits), share, between, str(len(tally.people) or "")


def _beside(outcomes: Mapping[PassageOutcome, int]) -> str:
    """The outcomes that are no attempts, in words."""
    counts = {
        outcome.value.replace("_", " "): outcomes.get(outcome, 0)
        for outcome in PassageOutcome
        if outcome not in {PassageOutcome.ALIVE, PassageOutcome.PICTURE}
    }
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)
