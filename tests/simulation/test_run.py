"""What a run plays, says and keeps; with worlds that are scripted, from the command line as it is typed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.simulation import scripted
from tests.simulation.ledger import read_ledger
from tests.simulation.plan import Fault, FaultEvent, Plan, Town, read_plan, write_plan
from tests.simulation.run import Drawing, main, town_of

SCRIPTED = "tests.simulation.scripted:play"
SEEDS = 20
SOME_FAIL = ("--faults", "cards", "--hours", "2")
"""Of these worlds about every third has the two faults that the scripted world does not bear together."""
DRAWN = Drawing(2.0, "cards")


class Run:
    """Runs in one folder, one after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []

    def __call__(self, *arguments: str, play: str = SCRIPTED) -> int:
        self.said.clear()
        given = ["--state", str(self.state), "--plans", str(self.folder / "plans"), "--workers", "1"]
        given += arguments
        return main(given, play, lambda line: self.said.extend(line.splitlines()))

    @property
    def state(self) -> Path:
        return self.folder / "state.json"

    @property
    def seeds(self) -> list[int]:
        """The seeds that failed, as they were told."""
        return [int(seed) for line in self.said for seed in re.findall(r"^seed (\d+) failed", line)]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@cache
def failing_seeds() -> tuple[int, ...]:
    plans = map(DRAWN.plan, range(1, SEEDS + 1))
    return tuple(plan.seed for plan in plans if scripted.play(plan, ()).violations)


def test_every_seed_that_fails_is_told_with_the_command_that_plays_it_again(run: Run) -> None:
    failing = failing_seeds()
    assert len(failing) > 1
    assert run("--seeds", str(SEEDS), *SOME_FAIL) == 1
    assert run.seeds == [*failing]
    assert f"    again: make simulate SEED={failing[0]} HOURS=2 FAULTS=cards" in run.said
    assert run.said[-1].startswith(f"{SEEDS} seeds, {len(failing)} failed, {SEEDS * 4} gate-hours, ")


def test_what_the_command_plays_again_fails_again_and_is_not_counted(run: Run) -> None:
    [seed, *_] = failing_seeds()
    assert run("--seeds", "1", "--first", str(seed), *SOME_FAIL) == 1
    assert run.seeds == [seed]
    assert not run.state.exists()


def test_a_run_without_a_failure_ends_with_zero(run: Run) -> None:
    assert run("--seeds", "3", "--faults", "calm") == 0
    assert run.said[-1] == "3 seeds, 0 failed, 144 gate-hours, 0 faults"


def test_a_run_goes_on_from_the_seed_where_the_last_one_was_left(run: Run) -> None:
    run("--seeds", "7", *SOME_FAIL)
    run("--seeds", str(SEEDS - 7), *SOME_FAIL)
    ledger = read_ledger(run.state)
    assert ledger.next_seed == SEEDS + 1
    assert ledger.seeds == SEEDS
    assert ledger.gate_hours == SEEDS * 4
    assert [finding.seed for finding in ledger.findings] == [*failing_seeds()]
    assert sum(ledger.faults.values()) == sum(len(DRAWN.plan(seed).faults) for seed in range(1, SEEDS + 1))
    assert run.said[-2].startswith(f"in all nights: {SEEDS} seeds, {SEEDS * 4} gate-hours, ")


def test_a_state_file_that_nobody_can_read_is_named(run: Run) -> None:
    run.state.write_text("{")
    with pytest.raises(SystemExit, match=r"state\.json: .* Remove it to begin again at seed 1\."):
        run("--seeds", "1")


@pytest.mark.parametrize(
    ("seed", "says"),
    [
        (scripted.RAISES, "    KeyError: 'no such gate'"),
        (scripted.DIES, "    the process ended with 9"),
    ],
)
def test_a_seed_whose_play_breaks_has_failed_and_the_next_is_played(run: Run, seed: int, says: str) -> None:
    assert run("--first", str(seed), "--seeds", "1", "--faults", "calm") == 1
    assert run.seeds == [seed]
    assert says in run.said
    assert run("--first", str(seed), "--seeds", "9", "--faults", "calm") == 1
    assert run.said[-1].startswith("9 seeds, ")


def test_a_failing_plan_is_made_smaller_and_fails_again_from_its_file(run: Run) -> None:
    [seed, *_] = failing_seeds()
    assert run("--seeds", str(SEEDS), "--shrink", *SOME_FAIL) == 1
    path = run.folder / "plans" / f"{seed}-nothing-lost.json"
    assert [event.fault for event in read_plan(path).faults] in (
        [Fault.POWER_CUT, Fault.GATE_KILLED],
        [Fault.GATE_KILLED, Fault.POWER_CUT],
    )
    assert f"    again: python -m tests.simulation --replay {path}" in run.said
    assert list(path.parent.iterdir()) == [path], "one for each checker"
    assert run("--replay", str(path)) == 1
    assert run.seeds == [seed]


def test_a_plan_is_played_in_this_process_as_in_another(run: Run) -> None:
    path = run.folder / "plan.json"
    faults = (FaultEvent(1.0, Fault.GATE_KILLED, "main"), FaultEvent(2.0, Fault.POWER_CUT, "main", 5.0))
    write_plan(path, Plan(seed=1, hours=2.0, calm_from=60.0, faults=faults))
    said = []
    for here in ([], ["--here"]):
        assert run("--replay", str(path), *here) == 1
        said.append([line for line in run.said if "CPU" not in line])
    assert said[0] == said[1]


def test_a_run_that_is_interrupted_says_what_was_played(run: Run) -> None:
    def tell(line: str) -> None:
        run.said.append(line)
        if "failed:" in line and "interrupted" not in run.said:
            raise KeyboardInterrupt

    assert main(["--state", str(run.state), *SOME_FAIL], SCRIPTED, tell) == 130
    [seed] = run.seeds
    assert read_ledger(run.state).next_seed == seed + 1
    assert run.said[-1].startswith(f"{seed} seeds, 1 failed")


@pytest.mark.parametrize(
    ("drawing", "command"),
    [
        (Drawing(24.0, "everything"), "make simulate SEED=17 HOURS=24"),
        (Drawing(1.5, "cards"), "make simulate SEED=17 HOURS=1.5 FAULTS=cards"),
        (Drawing(24.0, "line-34", 50), "make simulate SEED=17 HOURS=24 FAULTS=line-34 GATES=50"),
    ],
)
def test_the_command_for_a_seed_says_how_it_was_drawn(drawing: Drawing, command: str) -> None:
    assert drawing.command(17) == command


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (["SEEDS=5", "HOURS=2"], ["--hours 2", "--seeds 5", "--shrink"]),
        (["SEED=17", "HOURS=24"], ["--hours 24", "--first 17 --seeds 1", "--shrink"]),
        (["SEED=17", "FAULTS=cards", "GATES=3"], ["--hours 24", "--first 17", "--faults cards", "--gates 3"]),
        ([], ["--hours 24", "--seeds 100"]),
        (["WORKERS=5"], ["--workers 5"]),
    ],
)
def test_make_says_to_the_command_what_it_was_told(words: list[str], options: list[str]) -> None:
    asked = ["make", "--dry-run", "--silent", "-o", ".venv/tests", "simulate", *words]
    # What `make test WORKERS=3` was told is not for a make that it leads to.
    told = {
        name: value
        for name, value in os.environ.items()
        if name not in {"MAKEFLAGS", "MAKEOVERRIDES", "WORKERS"}
    }
    done = subprocess.run(asked, cwd=REPOSITORY, capture_output=True, text=True, check=True, env=told)
    assert "python -m tests.simulation" in done.stdout
    assert [option for option in options if option not in done.stdout] == []


def test_towns_of_more_gates_have_entries_and_exits() -> None:
    assert (town_of(2, 1).gates, town_of(2, 1).exits) == (Town().gates, Town().exits)
    assert (town_of(1, 1).gates, town_of(1, 1).exits) == (("main",), ())
    assert town_of(4, 1).gates == ("main", "side", "gate-3", "gate-4")
    assert town_of(4, 1).exits == ("side", "gate-4")
    assert len({town_of(2, seed) for seed in range(20)}) > 5, "towns differ"


def test_the_command_runs_with_one_order_of_sets() -> None:
    help_ = [sys.executable, "-m", "tests.simulation", "--help"]
    done = subprocess.run(help_, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert "--seeds" in done.stdout


def test_each_checker_is_told_at_length_once(run: Run) -> None:
    assert run("--seeds", str(SEEDS), *SOME_FAIL) == 1
    assert len(run.seeds) > 1
    assert run.said.count("  nothing-lost at 60.000 s:") == 1
    assert run.said.count("    event 7 of main is gone") == 1
