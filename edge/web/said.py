"""Says an error in the language of who reads the page: what failed, where, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from edge.errors import GatepostError
from edge.support.escaping import escaped
from edge.support.phrases import Translating, Value, advised, phrase, placed_at, spoken_as


@dataclass(frozen=True)
class SaidError:
    """An error's words in one language. `placed` is what failed, and where; `sentences` what failed, and what
    to do; as a string all of it is said, with escaped what a page would act on.
    """

    what: str
    where: str
    remedy: str
    placed: str
    sentences: str
    whole: str

    def __str__(self) -> str:
        return self.whole


def said_of(error: GatepostError, language: Translating) -> SaidError:
    """The words of `error`. A text that is no phrase stays as it was raised."""
    what, where, remedy = error.said
    sentences = phrase("%(what)s. %(remedy)s", what=what, remedy=remedy)

    def said(part: Value) -> str:
        return str(spoken_as(part, language)).strip()

    placed, whole = said(placed_at(what, where)), escaped(said(advised(what, where, remedy)))
    return SaidError(said(what), said(where), said(remedy), placed, said(sentences), whole)
