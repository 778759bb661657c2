"""Is a protection held by a test? `make mutants` breaks the code in one place at a time and asks the tests.

    python -m tests.bench.mutants [--sample 30] [--seed 1] [--area registry] [--list]

A mutant is one change to one expression or statement of the parts that let people in or keep what happened:
a comparison turned, `and` for `or`, a number one higher, a call or a `raise` left out, nothing returned. Each
runs the tests of its area in a copy of the repository; one that no test fails for has survived. There are
thousands, so a run takes a sample, drawn evenly from the areas; its seed is printed.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
COPIED = (
    "edge",
    "sync",
    "models",
    "firmware_config",
    "tests",
    "systemd",
    "pyproject.toml",
    "docs",
    "README.md",
)
_MOST_SECONDS = 600
_CALM = ["-x", "-q", "--tb=line", "-p", "no:cacheprovider"]


@dataclass(frozen=True)
class Area:
    """Files, and the tests that have to notice what is wrong with them, the quickest first."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


AREAS = {
    "decision": Area(
        ("edge/decision/*.py",),
        (
            "tests/edge/decision",
            "tests/edge/credentials/certificates/test_dcc_rules.py",
            "tests/edge/credentials/test_through_the_decision.py",
            "tests/edge/runtime/test_access_controller.py",
        ),
    ),
    "journal": Area(
        ("edge/journal/*.py",),
        ("tests/edge/journal", "tests/faults", "tests/edge/runtime/test_access_controller.py"),
    ),
    "registry": Area(
        ("edge/registry/*.py",),
        (
            "tests/edge/registry",
            "tests/faults/test_registry_power_cuts.py",
            "tests/edge/runtime/test_registry_service.py",
        ),
    ),
    "signing": Area(
        ("edge/signing/cose/envelope.py", "edge/signing/cose/sign1.py"),
        ("tests/edge/credentials", "tests/edge/registry/format/test_bundle.py", "tests/sync/wire"),
    ),
    "commands": Area(
        ("edge/commands/core/command.py", "edge/commands/*.py"),
        ("tests/edge/commands", "tests/edge/runtime/test_housekeeping.py", "tests/sync/wire"),
    ),
}

_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """`new` in the place of `old`, from one offset of a file to another."""

    file: str
    line: int
    start: int
    end: int
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {_short(self.old)}  ->  {_short(self.new)}"

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.new.encode() + source[self.end :]


def mutants_of(file: str, source: str) -> list[Mutant]:
    """Every mutant of a file."""
    data = source.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node in _places(ast.parse(source)):
        new = _instead_of(node)
        if new is not None:
            start = starts[node.lineno - 1] + node.col_offset
            end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
            found.append(Mutant(file, node.lineno, start, end, data[start:end].decode(), new))
    return found


def _places(tree: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Expressions and statements that do something: no annotations, no texts, no decorators."""
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list", "keywords"} and not isinstance(tree, ast.Call):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.expr | ast.stmt):
                yield child
            yield from _places(child)


def _instead_of(node: ast.expr | ast.stmt) -> str | None:
    """What is put in a node's place; None: it is left alone."""
    other: ast.expr | None = None
    match node:
        case ast.Compare(ops=[only]) if type(only) in _TURNED:
            other = ast.Compare(node.left, [_TURNED[type(only)]()], node.comparators)
        case ast.BoolOp():
            other = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        case ast.UnaryOp(op=ast.Not()):
            other = node.operand
        case ast.Constant(value=bool() as truth):
            other = ast.Constant(not truth)
        case ast.Constant(value=int() as number):
            other = ast.Constant(number + 1)
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            return "return None"
        case ast.Expr(value=ast.Call()) | ast.Raise():
            return "pass"
        case _:
            pass
    return None if other is None else f"({ast.unparse(other)})"


def sampled(sample: int, seed: int, areas: list[str]) -> list[tuple[str, Mutant]]:
    """As many from each area, as far as they go."""
    chance, drawn = random.Random(seed), []
    for area in areas:
        files = sorted(path for pattern in AREAS[area].files for path in REPOSITORY.glob(pattern))
        every = [
            one for path in files for one in mutants_of(str(path.relative_to(REPOSITORY)), path.read_text())
        ]
        drawn += [(area, one) for one in chance.sample(every, min(len(every), sample // len(areas)))]
    return drawn


def killed(folder: Path, area: str, mutant: Mutant) -> bool:
    """Whether a test of the area fails, or never ends, with this mutant in the copy at `folder`."""
    path = folder / mutant.file
    before = path.read_bytes()
    path.write_bytes(mutant.applied(before))
    try:
        return any(fails(folder, tests) for tests in AREAS[area].tests)
    finally:
        path.write_bytes(before)


def fails(folder: Path, tests: str) -> bool:
    """Whether the tests of a file, a folder or one test fail, or never end, in the copy at `folder`."""
    command = [sys.executable, "-m", "pytest", *_CALM, tests]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, timeout=_MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    return done.returncode != 0


def copy_to(folder: Path) -> None:
    """Put what the tests need of the repository into `folder`."""
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)


def _short(text: str) -> str:
    return " ".join(text.split())[:70]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sample", type=int, default=50)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--area", choices=sorted(AREAS), action="append")
    arguments.add_argument("--list", action="store_true", help="say which, and run none")
    chosen = arguments.parse_args()
    areas = chosen.area or list(AREAS)
    drawn = sampled(chosen.sample, chosen.seed, areas)
    print(f"seed {chosen.seed}: {len(drawn)} mutants of {', '.join(areas)}", flush=True)
    if chosen.list:
        print(*(mutant for _, mutant in drawn), sep="\n")
        return
    survived: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="gatepost-mutants-") as name:
        folder = Path(name)
        copy_to(folder)
        for area in areas:  # what fails without a mutant says nothing about one
            failing = [tests for tests in AREAS[area].tests if fails(folder, tests)]
            if failing:
                sys.exit(f"fails as it is: {', '.join(failing)}")
        for number, (area, mutant) in enumerate(drawn, start=1):
            died = killed(folder, area, mutant)
            survived[area] += not died
            print(f"{number} {'killed' if died else 'SURVIVED'}, {area}: {mutant}", flush=True)
    total = Counter(area for area, _ in drawn)
    for area in areas:
        print(f"{area}: {total[area] - survived[area]} of {total[area]} killed")


if __name__ == "__main__":
    main()
