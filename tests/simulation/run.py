"""Plays worlds, seed after seed, and says what was found: `make simulate SEEDS=100 HOURS=24`.

    python -m tests.simulation --seeds 100 --hours 24     go on from the seed where it was left
    python -m tests.simulation --first 17 --seeds 1       one seed again; nothing is written down of it
    python -m tests.simulation --replay PLAN.json         a plan from a file
    python -m tests.simulation --mutants --seeds 40       how soon each mutant is found

The last line is `N seeds, N failed, …`. The exit code is 1 if any failed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import msgspec

from tests.conftest import REPOSITORY
from tests.simulation.draw import draw_plan
from tests.simulation.ledger import Ledger, read_ledger, write_ledger
from tests.simulation.mutant_table import mutant_table, write_table
from tests.simulation.mutants import MUTANTS
from tests.simulation.plan import Plan, Town, read_plan, write_plan
from tests.simulation.player import Played, Request, play_by_name, played
from tests.simulation.players import STUCK, WORLD, Players, most_cpu_seconds
from tests.simulation.presets import PRESETS
from tests.simulation.report import Failure, Report, Say
from tests.simulation.shrink import shrunk

BUILD = REPOSITORY / "build"
_NUMBERS = 3
"""Visitors of a town with keypads who type a number: each number's slow digest costs a world 50 ms."""
MOST_SHRUNK = 5
"""Checkers of a run whose plans are made smaller: each may take a hundred plays."""
_PAGE = REPOSITORY / "docs" / "simulation.md"

Each = Callable[[Iterable[Plan]], Iterator[tuple[Plan, Played]]]
"""Plans → what came of each, in their order."""


@dataclass(frozen=True)
class Drawing:
    """How a seed becomes a plan."""

    hours: float
    faults: str
    gates: int = len(Town().gates)

    def plan(self, seed: int) -> Plan:
        faults = PRESETS[self.faults]
        town = town_of(max(self.gates, faults.gates_at_least), seed)
        return draw_plan(seed, self.hours, faults, with_scanners(town, seed, faults.scanner_share))

    def command(self, seed: int) -> str:
        """What to type to play one seed again."""
        usual = Drawing(self.hours, "everything")
        words = [f"make simulate SEED={seed} HOURS={self.hours:g}"]
        words += [f"FAULTS={self.faults}"] if self.faults != usual.faults else []
        words += [f"GATES={self.gates}"] if self.gates != usual.gates else []
        return " ".join(words)


def town_of(gates: int, seed: int) -> Town:
    """A town of so many gates: entries and exits in turn. Three in ten count together."""
    random = Random(f"{seed} town")
    names = (*Town().gates, *(f"gate-{number}" for number in range(3, gates + 1)))[:gates]
    return Town(
        gates=names,
        exits=names[1::2],
        ingesters=random.choice((1, 2, 2)),
        mode=random.choice(("face_or_code", "face_or_code", "face_and_code", "code")),
        share_counts=random.random() < 0.3,
    )


def with_scanners(town: Town, seed: int, share: float) -> Town:
    """The town with this share of its gates without a camera."""
    random = Random(f"{seed} scanners")
    scanners = tuple(gate for gate in town.gates if random.random() < share)
    return msgspec.structs.replace(town, scanners=scanners, numbers=_NUMBERS if scanners else 0)


# --- playing -------------------------------------------------------------------------------------


def simulate(drawing: Drawing, seeds: Iterable[int], report: Report, each: Each, state: Path | None) -> None:
    """Play the seeds. The state file, if there is one, has what came of each before the next is told of."""
    ledger = read_ledger(state) if state is not None else Ledger()
    for plan, outcome in each(drawing.plan(seed) for seed in seeds):
        ledger = ledger.added(plan.seed, outcome, drawing.hours, drawing.faults)
        if state is not None:
            write_ledger(state, ledger)
            report.in_all = ledger
        report.add(plan, outcome, drawing.command(plan.seed))


def shrink_failures(failures: Iterable[Failure], players: Players, folder: Path, say: Say) -> None:
    """Write the first plan that each checker fails, those of a few checkers as small as they can be made."""
    folder.mkdir(parents=True, exist_ok=True)
    first = {checker: failure.plan for failure in reversed([*failures]) for checker in failure.by_checker}
    for number, (checker, plan) in enumerate(sorted(first.items())):
        path = folder / f"{plan.seed}-{checker}.json"
        small = shrunk(plan, _fails_by(checker, players)) if number < MOST_SHRUNK else plan
        write_plan(path, small)
        say(f"seed {plan.seed}, {checker}: {_size(plan)}; smaller: {_size(small)}")
        say(f"    again: python -m tests.simulation --replay {_from_here(path)}")


def _fails_by(checker: str, players: Players) -> Callable[[Plan], bool]:
    def fails(plan: Plan) -> bool:
        return any(found.checker == checker for found in players.one(plan).result.violations)

    return fails


def _size(plan: Plan) -> str:
    return (
        f"{plan.hours:.3g} h, {len(plan.faults)} faults, {len(plan.acts)} acts, {len(plan.visits)} visits, "
        f"{len(plan.town.gates)} gates"
    )


def _from_here(path: Path) -> str:
    return str(path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path)


def replay(paths: Sequence[Path], report: Report, each: Each) -> None:
    """Play plans from files."""
    for path, (plan, outcome) in zip(paths, each(map(read_plan, paths)), strict=True):
        report.add(plan, outcome, f"python -m tests.simulation --replay {_from_here(path)}")


# --- the command ---------------------------------------------------------------------------------


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.simulation", description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=100, help="how many worlds, or at most for each mutant")
    parser.add_argument("--hours", type=float, default=24.0, help="how long a world lasts")
    parser.add_argument("--first", type=int, help="the first seed; default: where the state file left it")
    parser.add_argument("--faults", choices=PRESETS, default="everything", metavar="PRESET", help="by name")
    parser.add_argument("--gates", type=int, default=len(Town().gates), help="how many gates a world has")
    parser.add_argument("--workers", type=int, default=2, help="processes that play side by side")
    parser.add_argument("--state", type=Path, default=BUILD / "simulation.json", help="sums of all nights")
    parser.add_argument("--plans", type=Path, default=BUILD / "simulation", help="folder for failing plans")
    parser.add_argument("--shrink", action="store_true", help="make a failing plan smaller, and write it")
    parser.add_argument("--replay", type=Path, nargs="+", metavar="PLAN", help="play plans from files")
    parser.add_argument("--here", action="store_true", help="play in this process, with the product's log")
    parser.add_argument(
        "--mutants", action="store_true", help="say after how many seeds each mutant is found"
    )
    return parser


def main(given: Sequence[str] | None = None, play: str = WORLD, say: Say = print) -> int:
    chosen = arguments().parse_args(given)
    drawing = Drawing(chosen.hours, chosen.faults, chosen.gates)
    report = Report(say)
    interrupted = False
    with Players(max(chosen.workers, 1), play) as players:
        if chosen.mutants:
            return _mutants(drawing, chosen.seeds, players, say)
        try:
            _play_all(chosen, drawing, report, partial(_here, play) if chosen.here else players.each)
            if chosen.shrink:
                shrink_failures(report.failures, players, chosen.plans, say)
        except KeyboardInterrupt:
            interrupted = True
            say("interrupted")
    report.end()
    return 130 if interrupted else 1 if report.failures else 0


def _play_all(chosen: argparse.Namespace, drawing: Drawing, report: Report, each: Each) -> None:
    if chosen.replay:
        replay(chosen.replay, report, each)
    else:
        goes_on = chosen.first is None
        first = read_ledger(chosen.state).next_seed if goes_on else chosen.first
        seeds = range(first, first + chosen.seeds)
        simulate(drawing, seeds, report, each, chosen.state if goes_on else None)


def _here(play: str, plans: Iterable[Plan]) -> Iterator[tuple[Plan, Played]]:
    function = play_by_name(play)
    for plan in plans:
        most_cpu = most_cpu_seconds(plan)
        yield plan, played(function, Request(plan, (), most_cpu, most_cpu * STUCK))


def _mutants(drawing: Drawing, seeds: int, players: Players, say: Say) -> int:
    def plans(faults: str) -> Iterator[Plan]:
        return map(Drawing(drawing.hours, faults, drawing.gates).plan, range(1, seeds + 1))

    rows = list(mutant_table(MUTANTS, plans, players, say))
    write_table(_PAGE, rows, say)
    missed = sum(row.seeds is None for row in rows)
    say(f"{len(rows)} mutants, {missed} not found within {seeds} seeds")
    return 1 if missed else 0
