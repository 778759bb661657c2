"""What is said of a centre's database and processes: in English by logs and commands, in the language of who
reads it by pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self


class ProcessSentence(str):
    """A sentence in English that knows the `text` which is translated, and the `values` in it: sentences
    again, or what is the same in every language.
    """

    __slots__ = ("text", "values")

    text: str
    values: Mapping[str, object]

    def __new__(cls, text: str, /, **values: object) -> Self:
        made = super().__new__(cls, text % values)
        made.text, made.values = text, values
        return made

    def spoken(self, gettext: Callable[[str], str]) -> str:
        """The sentence as `gettext` has it."""
        told = {
            name: value.spoken(gettext) if isinstance(value, ProcessSentence) else value
            for name, value in self.values.items()
        }
        return gettext(self.text) % told
