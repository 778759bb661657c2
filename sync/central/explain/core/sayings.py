"""Sentences that wait to be said in a reader's language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sentence:
    """A text in English, which is its key in other languages, and the values that it names.

    A value that is itself `Sentence` is translated with it. `of_person`: it tells of the person's record.
    """

    text: str
    values: dict[str, object] = field(default_factory=dict)
    of_person: bool = False

    def spoken(self, gettext: Callable[[str], str] = str) -> str:
        """The sentence by a translation; in English without one."""
        values = {
            name: value.spoken(gettext) if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        text = gettext(self.text)
        return text % values if values else text


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for a text that is translated later
    """`text` itself; the tests find it by this name, and ask for its Chinese."""
    return text
