"""Says a text once, in English, with its values apart: a page renders it in the language of who reads it,
a command and the log go on in English.

Pure. A phrase is written where it is raised: `StoreError(phrase("there is no site %(site)r", site=name))`.
Its text is a literal there, and the tests find it by the name of this function and ask for its Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from gettext import NullTranslations
from typing import Final, Protocol, TypeAlias

from edge.support.escaping import without_objects

CODE = "code"
"""The context of codes in catalogues: `open` is the state of an appeal there, and no verb."""

Value: TypeAlias = "str | int | float | Phrase"
"""What stands in a phrase. One that is a phrase itself is rendered with it."""


Said: TypeAlias = "str | Phrase"
"""A sentence: a phrase, or what another program said."""


class Translating(Protocol):
    """A language, as `gettext` has it. A text that it does not know stays as it is."""

    def gettext(self, message: str, /) -> str: ...

    def pgettext(self, context: str, message: str, /) -> str: ...


@dataclass(frozen=True)
class Phrase:
    """A text with named places, and what stands there. As a string it is English. Made by `phrase`."""

    text: str
    values: Mapping[str, Value]
    is_code: bool = False

    def __str__(self) -> str:
        return self.said(_ENGLISH)

    def said(self, language: Translating) -> str:
        """The text in `language`, with its values. Values are never read as formats."""
        if self.is_code:
            return language.pgettext(CODE, self.text)
        values = {name: spoken_as(value, language) for name, value in self.values.items()}
        return language.gettext(self.text) % values


class WrongValue(ValueError):
    """A value that cannot be, and why: what a check of a value raises."""

    def __init__(self, said: Phrase) -> None:
        self.said = said
        super().__init__(said)


def phrase(text: str, /, **values: object) -> Phrase:
    """The phrase `text`, a literal, with `values` at its `%(name)s`; a percent sign is `%%`. A member of an
    enumeration is a code of ours.
    """
    return Phrase(text, {name: _held(value) for name, value in values.items()})


def code(text: str) -> Phrase:
    """A code of ours as a phrase: one of a set that is written in the code, never what somebody sent."""
    return Phrase(text, {}, is_code=True)


def listed(items: Iterable[Value]) -> Value:
    """The items in a row, one at least."""
    return reduce(lambda row, item: phrase("%(row)s, %(item)s", row=row, item=item), items)


def advised(what: Said, where: Said, remedy: Said) -> Said:
    """What failed, where, and what to do, as an error says them together; "" where one is not said."""
    placed = placed_at(what, where)
    return phrase("%(what)s (%(remedy)s)", what=placed, remedy=remedy) if remedy else placed


def placed_at(what: Said, where: Said) -> Said:
    """What failed, and where; "" where that is not said."""
    return phrase("%(where)s: %(what)s", where=where, what=what) if where else what


def recalled(said: str, likes: Iterable[Phrase]) -> Said:
    """What was kept in English, as the phrase that it was: the first of `likes` whose text it has, each value
    a `%(name)s`. It is `said` itself where there is none.
    """
    for like in likes:
        texts = _PLACE.split(like.text)
        pattern = "".join(
            f"(?P<{text}>.*)" if index % 2 else re.escape(text) for index, text in enumerate(texts)
        )
        found = re.fullmatch(pattern, said, re.DOTALL)
        if found is not None:
            return Phrase(like.text, found.groupdict())
    return said


def spoken_as(value: Value, language: Translating) -> str | int | float:
    """`value` in `language`; what is no phrase stays as it is."""
    return value.said(language) if isinstance(value, Phrase) else value


# --- inside --------------------------------------------------------------------------------

_ENGLISH: Final = NullTranslations()
_PLACE: Final = re.compile(r"%\((\w+)\)s")


def _held(value: object) -> Value:
    """`value` as it is kept: no exception, and no object that changes or that Python alone can name."""
    if isinstance(value, StrEnum):
        return code(value.value)
    return value if isinstance(value, Phrase | int | float) else without_objects(str(value))
