"""No test asks of a busy machine that it be quick: that is asked by `tests.waiting`, or not at all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from queue import Queue

import pytest

from tests.conftest import REPOSITORY
from tests.waiting import PATIENT, first_of, soon, sooner_than

CLOCKS = frozenset({"monotonic", "perf_counter", "time"})
PARTS = ("edge", "faults", "models", "peer", "protocol", "scenarios", "sync", "systemd")


def reads_a_clock(node: ast.AST) -> bool:
    names = {inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)}
    return any(getattr(name, "attr", getattr(name, "id", "")) in CLOCKS for name in names)


def is_duration(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and reads_a_clock(node)


def bounds_of(text: str) -> Iterator[int]:
    """The lines that assert that something took less than so long."""
    if not re.search(rf"\b({'|'.join(CLOCKS)})\(", text):
        return
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Assert):
            continue
        for compared in (inner for inner in ast.walk(node.test) if isinstance(inner, ast.Compare)):
            values = [compared.left, *compared.comparators]
            for smaller, operator, larger in zip(values, compared.ops, values[1:], strict=False):
                upper = isinstance(operator, ast.Lt | ast.LtE) and is_duration(smaller)
                if upper or (isinstance(operator, ast.Gt | ast.GtE) and is_duration(larger)):
                    yield node.lineno


@pytest.mark.parametrize(
    ("line", "is_bound"),
    [
        ("assert time.monotonic() - began < 0.5", True),
        ("assert 0.5 >= perf_counter() - began", True),
        ("assert 1.0 < time.monotonic() - began < 3.0", True),
        ("assert time.monotonic() - began >= 2.0", False),
        ("assert bench.clock.now() - began < 2.0", False),
    ],
)
def test_an_upper_bound_of_a_duration_is_found(line: str, is_bound: bool) -> None:
    assert bool(list(bounds_of(line))) is is_bound


def test_no_test_asserts_that_the_machine_is_quick() -> None:
    tests = sorted((REPOSITORY / "tests").rglob("test_*.py"))
    assert len(tests) > 100
    found = [f"{path}:{line}" for path in tests for line in bounds_of(path.read_text())]
    assert not found, "use sooner_than of tests.waiting, with a wait that is long"


def test_what_does_not_come_is_said_with_its_reason() -> None:
    with pytest.raises(AssertionError, match=r"within 0\.05 s: nobody came"):
        soon(lambda: False, "nobody came", within=0.05)
    with pytest.raises(AssertionError, match="nothing that was wanted"):
        first_of(Queue[int](), within=0.05)


def test_a_wait_that_is_short_cannot_be_told_from_a_busy_machine() -> None:
    with pytest.raises(AssertionError, match="too short"), sooner_than(5.0):
        pass


def test_what_waits_is_not_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 31.0])
    monkeypatch.setattr("tests.waiting.time.monotonic", lambda: next(times))
    with pytest.raises(AssertionError, match=r"it took 31\.0 s"), sooner_than(60.0):
        pass


HURRIES = {
    "tests/sync/proxy.py": "a target that is not there is what it plays",
    "tests/sync/services.py": "asked again and again whether somebody listens",
    "tests/sync/central/delivery/test_ways.py": "a setting of the product's, for a server that hangs",
}
"""Who waits for less than a busy machine may take, and why."""


IMPATIENT = frozenset({"Client", "get", "head", "options", "post", "put", "delete", "request", "stream"})
"""What of httpx waits for five seconds where nothing else is said."""


def is_impatient(call: ast.Call) -> bool:
    """Whether a client of httpx is asked without a word on how long it waits."""
    match call.func:
        case ast.Attribute(value=ast.Name(id="httpx"), attr=name):
            return name in IMPATIENT and all(word.arg != "timeout" for word in call.keywords)
    return False


def hurries(text: str) -> Iterator[int]:
    """The lines that end a wait for a client, a process, an event or a page after a fixed, short time."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            if is_impatient(node):
                yield node.lineno
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            given = [word.value for word in node.keywords if word.arg == "timeout" and name != "next_frame"]
            fixed = [value.value for value in given if isinstance(value, ast.Constant)]
            yield from (node.lineno for value in fixed if isinstance(value, int | float) and value < PATIENT)
        elif isinstance(node, ast.Assert) and (seconds := waits_for(node.test)):
            yield from ([node.lineno] if seconds < PATIENT else [])


def waits_for(asserted: ast.expr) -> float:
    """The seconds, if they are fixed, within which an event has to come that is asserted; else 0."""
    match asserted:
        case ast.Call(ast.Attribute(attr="wait"), [ast.Constant(int(seconds) | float(seconds))], []):
            return seconds
    return 0.0


def test_nobody_waits_for_less_than_a_busy_machine_may_take() -> None:
    assert list(hurries("a(timeout=20)\nb(timeout=PATIENT)\nc(timeout=60)")) == [1]
    assert list(hurries("assert a.wait(20)\nassert b.wait(PATIENT)\nassert not c.wait(1)")) == [1]
    assert list(hurries("httpx.get(a)\nhttpx.Client(timeout=PATIENT)\nb.get(a)\nhttpx.Client(a)")) == [1, 4]
    tests = {path for part in PARTS for path in (REPOSITORY / "tests" / part).rglob("*.py")}
    texts = {str(path.relative_to(REPOSITORY)): path.read_text() for path in tests}
    waits = {name: text for name, text in texts.items() if re.search(r"timeout=|httpx|\.wait\(", text)}
    found = {name for name, text in waits.items() if list(hurries(text))}
    assert found == HURRIES.keys(), "use PATIENT of tests.waiting"
