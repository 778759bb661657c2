"""What is said of a cell that is not taken, and in which column of the file it stands."""

from __future__ import annotations

import msgspec
import pytest

from edge.support.phrases import phrase, spoken_as
from edge.web.texts import Language
from sync.central.imports.core.problems import (
    CellProblem,
    ProblemKind,
    SaidProblem,
    kind_of,
    letter_of,
    objection,
)
from sync.central.web.rendering import TEXTS


@pytest.mark.parametrize(
    ("column", "text", "kind"),
    [
        ("name", "=HYPERLINK(1)", ProblemKind.FORMULA),
        ("name", "+8613900000000", ProblemKind.FORMULA),
        ("name", "-2+3", ProblemKind.FORMULA),
        ("name", "@SUM(A1)", ProblemKind.FORMULA),
        ("name", "<script>alert(1)</script>", ProblemKind.MARKUP),
        ("groups", "=cmd|' /C calc'!A0", ProblemKind.FORMULA),
        ("address", "=1", ProblemKind.FORMULA),
        ("address", "8栋2单元301", ProblemKind.SPELLING),
        ("address", "１１-1-904", ProblemKind.SPELLING),
        ("address", "-1-203", None),
        ("address", "8-2-301", None),
        ("name", "Anne-Marie O'Neil", None),
        ("name", "买买提·艾力", None),
        ("name", "", None),
        ("id", "S 204 417", ProblemKind.SPELLING),
        ("id", "Li Na", None),
        ("id", "=1", None),  # the reader of tables says what an id is
    ],
)
def test_which_cells_are_not_taken_though_they_can_be_read(
    column: str, text: str, kind: ProblemKind | None
) -> None:
    found = objection(column, text)
    assert (None if found is None else found[0]) is kind


@pytest.mark.parametrize(("number", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (702, "AAA")])
def test_a_column_is_called_as_a_spreadsheet_calls_it(number: int, letter: str) -> None:
    assert letter_of(number) == letter


@pytest.mark.parametrize(
    ("column", "detail", "kind"),
    [
        ("valid_until", "'x' is not a time", ProblemKind.TIME),
        ("valid_until", "'2026-01-01' is not after valid_from", ProblemKind.ORDER),
        ("status", "there is no status", ProblemKind.STATUS),
        ("id", "the id is missing", ProblemKind.ID),
        ("language", "not a language", ProblemKind.OTHER),
        ("", "has 4 cells for 3 columns", ProblemKind.OTHER),
    ],
)
def test_what_the_reader_refuses_is_of_a_kind(column: str, detail: str, kind: ProblemKind) -> None:
    assert kind_of(column, detail) is kind


@pytest.mark.parametrize(("language", "detail"), [(Language.EN, "is empty"), (Language.ZH, "为空")])
def test_a_program_is_told_of_a_cell_in_the_language_in_which_it_asks(
    language: Language, detail: str
) -> None:
    what = phrase("is empty")
    problem = SaidProblem("a.csv", 2, "id", "A", "", ProblemKind.ID, str(what), said=what)
    told = problem.told(lambda text: str(spoken_as(text, TEXTS.translations(language))))
    assert msgspec.json.decode(msgspec.json.encode(told)) == {
        "where": "a.csv", "line": 2, "column": "id", "letter": "A", "text": "", "kind": "id",
        "detail": detail, "offer": None,
    }  # fmt: skip


def test_an_older_version_reads_on_what_is_kept() -> None:
    what = phrase("column %(column)s: %(what)s", column="id", what=phrase("is empty"))
    problem = SaidProblem("a.csv", 2, "id", "A", "", ProblemKind.ID, str(what), said=what)
    kept = msgspec.msgpack.encode(problem)
    assert msgspec.msgpack.decode(kept, type=CellProblem).detail == "column id: is empty"
    assert msgspec.msgpack.decode(kept, type=SaidProblem) == problem
    older = msgspec.msgpack.encode(problem.told(str))
    assert msgspec.msgpack.decode(older, type=SaidProblem).said == ""
