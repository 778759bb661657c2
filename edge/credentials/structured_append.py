"""QR codes that are parts of one (structured append, ISO/IEC 18004, section 8).

Pure. Joined in any order; the signature tells whether the whole is genuine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import xor

from edge.credentials.carried import CodePart, part_in
from edge.credentials.code import CodeKind, CodeReading, CodeReason
from edge.decision import PassVerdict


@dataclass(frozen=True)
class Joined:
    """The result of joining parts: the whole text, or None and the missing numbers, or what is wrong."""

    whole: str | None = None
    missing: tuple[int, ...] = ()
    problem: str = ""


def joined(texts: Iterable[str]) -> Joined | None:
    """The result of joining the parts among `texts`; None where the last of them is not a part.

    Only what belongs to the same whole as the last one counts: that is the code held up now.
    """
    parts = [part_in(text) for text in texts]
    if not parts or parts[-1] is None:
        return None
    last = parts[-1]
    of_it = [part for part in parts if part and (part.total, part.parity) == (last.total, last.parity)]
    by_number = {part.number: part.text for part in of_it}
    if len({(part.number, part.text) for part in of_it}) != len(by_number):
        return Joined(problem="parts of different codes: show those of one")
    missing = tuple(number for number in range(1, last.total + 1) if number not in by_number)
    if missing:
        return Joined(missing=missing)
    whole = "".join(by_number[number] for number in range(1, last.total + 1))
    if whole.isascii() and reduce(xor, whole.encode(), 0) != last.parity:
        return Joined(problem="parts of different codes: show those of one")
    return Joined(whole)


class StructuredAppend:
    """Parses a single part: the reading says that the others are needed."""

    def recognises(self, text: str) -> bool:
        return part_in(text) is not None

    def parse(self, text: str, *_: object) -> CodeReading:
        return incomplete(joined([text]) or Joined(), part_in(text))


def incomplete(found: Joined, part: CodePart | None) -> CodeReading:
    """The reading for parts that do not make a whole."""
    which = f"code {part.number} of {part.total} that make one (structured append)" if part else "a part"
    numbers = ", ".join(map(str, found.missing))
    detail = found.problem or f"{which}; missing: code {numbers}; show it too"
    return CodeReading(CodeKind.UNKNOWN, PassVerdict.UNREADABLE, CodeReason.CHUNK_MISSING, detail)
