"""What a command answers, in words and for a program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.cli.answers import answer, complain, encoded, note, warn
from edge.errors import ConfigurationError, GatepostError
from edge.support.counted import counted


@pytest.mark.parametrize(
    ("number", "words", "told"),
    [
        (0, ("certificate",), "0 certificates"),
        (1, ("certificate",), "1 certificate"),
        (2, ("certificate",), "2 certificates"),
        (1, ("person", "people"), "1 person"),
        (3, ("person", "people"), "3 people"),
    ],
)
def test_a_number_of_things_is_told_in_words(number: int, words: tuple[str, ...], told: str) -> None:
    assert counted(number, *words) == told


def test_an_answer_is_lines_or_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    answer({"file": Path("a b")}, "one", "two", json=False)
    assert capsys.readouterr().out == "one\ntwo\n"
    answer({"file": Path("a b")}, "one", "two", json=True)
    assert json.loads(capsys.readouterr().out) == {"file": "a b"}


def test_a_name_of_bytes_that_are_no_text_is_told_too() -> None:
    assert json.loads(encoded({"file": "caf\udce9"})) == {"file": "caf\udce9"}


@pytest.mark.parametrize(
    ("error", "line", "fields"),
    [
        (GatepostError("broken"), "gatepost: broken", {"error": "broken", "where": "", "remedy": ""}),
        (
            ConfigurationError("not a port", where="port", remedy="1 to 65535"),
            "gatepost: port: not a port (1 to 65535)",
            {"error": "not a port", "where": "port", "remedy": "1 to 65535"},
        ),
        ("no\x1b[2J", r"gatepost: no\u001b[2J", {"error": r"no\u001b[2J", "where": "", "remedy": ""}),
    ],
)
def test_a_problem_says_what_where_and_what_to_do(
    capsys: pytest.CaptureFixture[str], error: Exception | str, line: str, fields: dict[str, str]
) -> None:
    complain(error, json=False)
    assert capsys.readouterr().err == f"{line}\n"
    complain(error, json=True)
    assert json.loads(capsys.readouterr().err) == fields


def test_what_is_no_part_of_an_answer_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    warn(["one photograph"], json=False)
    note("waiting", json=False)
    warn(["one photograph"], json=True)
    note("waiting", json=True)
    said = capsys.readouterr()
    assert said.out == ""
    words, objects = said.err.splitlines()[:2], [json.loads(line) for line in said.err.splitlines()[2:]]
    assert words == ["warning: one photograph", "waiting"]
    assert objects == [{"warning": "one photograph"}, {"note": "waiting"}]


def test_a_file_is_named_once_where_what_is_wrong_with_it_names_it_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    complain("a.mp4: not a readable video", json=False, where="a.mp4")
    complain("no frame in it can be read", json=False, where="a.mp4")
    said = "gatepost: a.mp4: not a readable video\ngatepost: a.mp4: no frame in it can be read\n"
    assert capsys.readouterr().err == said
