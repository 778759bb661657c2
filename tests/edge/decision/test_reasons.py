"""The reason codes: `decide`'s docstring says which step can give which, as the rules' own source does."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cache
from types import ModuleType

import pytest

import edge.decision
from edge.decision import Reason, decide, decision
from edge.decision.rules import access, clock, code, face, gate, person, shown

STEPS: dict[int, tuple[Callable[..., object], ...]] = {
    1: (
        gate.registry_missing,
        gate.policy_missing,
        gate.locked,
        gate.locked_down,
        gate.registry_too_old,
        clock.schedule,
        clock.validity,
        clock.status,
    ),
    2: (code.refused, code.probe, code.not_for_here, code.registry_too_old),
    3: (face.covered, face.refused, face.against_code, face.alive),
    4: (shown.not_shown, shown.second_factor),
    5: (person.unknown, person.validity, person.isolation, person.status_rule),
    6: (access.access, access.anti_passback, access.entries_held, access.site_full),
    7: (person.temperature, gate.staffed),
}
GRANT = 8
IN_SEVERAL_STEPS = {
    Reason.REGISTRY_STALE,  # for the gate, and sooner for one-time and visitors' passes
    Reason.CLOCK_UNTRUSTED,  # whatever rests on the time, wherever it is asked
    Reason.FACE_REQUIRED,  # too few frames beside a pass, and no face where the mode asks for one
}
NEVER_DECIDED = {
    Reason.JOURNAL_UNAVAILABLE
}  # the access controller's: a grant that could not be written down


@cache
def documented() -> dict[int, frozenset[Reason]]:
    """The codes that the docstring names, by the number of the step."""
    steps = re.split(r"^\s*(\d+)\. ", inspect.getdoc(decide) or "", flags=re.MULTILINE)[1:]
    return {
        int(number): frozenset(Reason(name) for name in re.findall(r"`([a-z_]+)`", text.split("\n\n")[0]))
        for number, text in zip(steps[::2], steps[1::2], strict=True)
    }


@cache
def definitions(module: ModuleType) -> dict[str, ast.AST]:
    """What a module defines at its top: functions and tables, by name."""
    found: dict[str, ast.AST] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign):
            found |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
    return found


def completed(prefix: str) -> list[Reason]:
    """The codes of `Reason(f"status_{status}")`: of the one enum whose every member completes `prefix`."""
    kinds = [list(kind) for kind in vars(edge.decision).values() if isinstance(kind, type(StrEnum))]
    [members] = [
        some for some in kinds if some and all(f"{prefix}{member}" in set(Reason) for member in some)
    ]
    return [Reason(f"{prefix}{member}") for member in members]


def reasons_in(node: ast.AST) -> Iterator[Reason]:
    for item in ast.walk(node):
        if isinstance(item, ast.Attribute) and ast.unparse(item.value) == "Reason":
            yield Reason[item.attr]
        elif isinstance(item, ast.Call) and ast.unparse(item.func) == "Reason":
            [joined] = item.args
            assert isinstance(joined, ast.JoinedStr)
            assert isinstance(joined.values[0], ast.Constant)
            yield from completed(str(joined.values[0].value))


def given_by(function: Callable[..., object]) -> frozenset[Reason]:
    """The codes that a function can give, by itself and by what it uses of its module."""
    module = inspect.getmodule(function)
    assert module is not None
    known, waiting, used = definitions(module), [function.__name__], set[str]()
    while waiting:
        name = waiting.pop()
        used.add(name)
        names = {item.id for item in ast.walk(known[name]) if isinstance(item, ast.Name)}
        waiting += (names & known.keys()) - used
    return frozenset(reason for name in used for reason in reasons_in(known[name]))


def together(functions: Iterable[Callable[..., object]]) -> frozenset[Reason]:
    return frozenset().union(*map(given_by, functions))


def test_the_steps_are_the_rules_in_their_order() -> None:
    assert tuple(rule for step in sorted(STEPS) for rule in STEPS[step]) == decision._RULES
    assert set(decision._FREE_RULES) <= set(decision._RULES)


@pytest.mark.parametrize("step", sorted(STEPS))
def test_a_step_names_the_codes_that_its_rules_give(step: int) -> None:
    assert documented()[step] == together(STEPS[step])


def test_the_last_step_names_the_codes_of_a_grant() -> None:
    assert documented().keys() == {*STEPS, GRANT}
    assert documented()[GRANT] == given_by(decision._grant_reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_code_belongs_to_one_step(reason: Reason) -> None:
    steps = [step for step, codes in documented().items() if reason in codes]
    if reason in NEVER_DECIDED:
        assert not steps
    elif reason in IN_SEVERAL_STEPS:
        assert len(steps) > 1
    else:
        assert len(steps) == 1, "a code is in one step, or IN_SEVERAL_STEPS or NEVER_DECIDED says why not"
