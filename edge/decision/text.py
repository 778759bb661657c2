"""What a person is told, in the two languages that every gate speaks."""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """A sentence without its full stop."""

    zh: str
    en: str


class Guidance(NamedTuple):
    """What to `do`, and `why`; None where what to do says it all. Each stands alone: a screen may show only
    the first.
    """

    do: Text
    why: Text | None = None

    @property
    def whole(self) -> Text:
        """Both in one line, for pages and logs: why, then what to do."""
        if self.why is None:
            return self.do
        return Text(f"{self.why.zh}，{self.do.zh}", f"{self.why.en}. {self.do.en}")
