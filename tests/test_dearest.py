from __future__ import annotations

from typing import Literal

import pytest

from tests.dearest import Dearest


def report(file: str, when: Literal["setup", "call", "teardown"], *cpu: float) -> pytest.TestReport:
    noted: list[tuple[str, object]] = [("cpu", seconds) for seconds in cpu]
    return pytest.TestReport(
        f"{file}::test", (file, 1, "test"), {}, "passed", None, when, user_properties=noted
    )


def test_the_ten_dearest_files_are_said_with_all_that_their_tests_took() -> None:
    dearest = Dearest()
    for number in range(12):
        dearest.pytest_runtest_logreport(report(f"test_{number}.py", "setup", 1.0))
        dearest.pytest_runtest_logreport(report(f"test_{number}.py", "call", number))
        dearest.pytest_runtest_logreport(report(f"test_{number}.py", "teardown", 0.5))
    total, first, *others = dearest.lines()
    assert total.split()[:2] == ["84.0", "s"]
    assert first.split() == ["12.5", "1", "test_11.py"]
    assert len(others) == 9


def test_who_runs_a_test_notes_what_it_took_and_fails_nothing() -> None:
    dearest, made = Dearest(), report("test_0.py", "call")
    dearest.pytest_runtest_logstart()
    noting = dearest.pytest_runtest_makereport()
    next(noting)
    with pytest.raises(StopIteration) as ended:
        noting.send(made)
    assert ended.value.value is made
    [(name, seconds)] = made.user_properties
    assert name == "cpu"
    assert isinstance(seconds, float)
    assert seconds >= 0
    assert made.passed
