"""What is wrong with a row of a list, in which column of the file, and what is offered instead. PURE."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum

import msgspec

from edge.support.phrases import Phrase, Said, phrase
from sync.central.imports.core.corrections import offered

MOST_SHOWN = 80
"""So many characters of a cell are shown."""


class ProblemKind(StrEnum):
    """What is wrong with a cell, for a page in any language."""

    ID = "id"
    TIME = "time"
    ORDER = "order"
    NO_END = "no_end"
    STATUS = "status"
    SPELLING = "spelling"
    FORMULA = "formula"
    MARKUP = "markup"
    REPEATED = "repeated"
    PHOTOS = "photos"
    OTHER = "other"


class CellProblem(msgspec.Struct, frozen=True):
    """A cell of a row that cannot be taken. `letter` is its column in a spreadsheet; both are "" where the
    row as a whole is wrong. `detail` says what is wrong, in the language that Accept-Language asks for.
    """

    where: str
    line: int
    column: str
    letter: str
    text: str
    kind: ProblemKind
    detail: str
    offer: str | None = None

    def __str__(self) -> str:
        return f"{self.where}, line {self.line}: {self.detail}"


class SaidProblem(CellProblem, frozen=True):
    """With its detail in English, and as a phrase; "" in a plan that an older version kept."""

    said: Said = ""

    def told(self, spoken: Callable[[Said], str]) -> CellProblem:
        """The same for a program, in the language in which it asks."""
        values = {name: getattr(self, name) for name in CellProblem.__struct_fields__}
        return CellProblem(**{**values, "detail": spoken(self.said or self.detail)})


def letter_of(number: int) -> str:
    """The name of a column in a spreadsheet, by its number from 0: A to Z, then AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


_FORMULA = {"name": re.compile(r"[=+@-]"), "address": re.compile("[=+@]"), "groups": re.compile("[=+@]")}
"""How a formula begins; "-1-203" is a room in a basement."""
_MARKUP = re.compile(r"[<>]")


def objection(column: str, text: str) -> tuple[ProblemKind, Phrase] | None:
    """Why a cell is not taken though it can be read: a formula, markup, or another spelling of something."""
    if column == "id":
        return _blanks(text)
    begins = _FORMULA.get(column)
    if begins is None or not text:
        return None
    if begins.match(text):
        return (
            ProblemKind.FORMULA,
            phrase(
                "column %(column)s: %(text)r is a formula, which is not computed",
                column=column,
                text=text[:MOST_SHOWN],
            ),
        )
    if _MARKUP.search(text):
        return ProblemKind.MARKUP, phrase(
            "column %(column)s: %(text)r is markup, and no %(column)s", column=column, text=text[:MOST_SHOWN]
        )
    meant = offered(column, text) if column == "address" else None
    if meant is not None:
        return ProblemKind.SPELLING, phrase(
            "column %(column)s: %(text)r is spelled %(meant)r elsewhere",
            column=column,
            text=text[:MOST_SHOWN],
            meant=meant,
        )
    return None


def _blanks(identity: str) -> tuple[ProblemKind, Phrase] | None:
    """Why an id with blanks between its figures is not taken: "S 204 417" and "S204417" are one person."""
    if len(identity.split()) < 2 or not any(sign.isdigit() for sign in identity):
        return None
    return ProblemKind.SPELLING, phrase(
        "column id: %(identity)r has blanks between its figures", identity=identity[:MOST_SHOWN]
    )


def kind_of(column: str, detail: str) -> ProblemKind:
    """The kind of what the reader of tables refuses in `column`."""
    if column in {"valid_from", "valid_until"}:
        return ProblemKind.ORDER if "is not after" in detail else ProblemKind.TIME
    return {"id": ProblemKind.ID, "status": ProblemKind.STATUS, "photos": ProblemKind.PHOTOS}.get(
        column, ProblemKind.OTHER
    )
