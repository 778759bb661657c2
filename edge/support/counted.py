"""So many of something, in words: the only place that knows of the plural."""

from __future__ import annotations


def counted(number: float, one: str, many: str = "") -> str:
    """`number` of something in words: "1 certificate", "2 certificates", "1.5 days", "3 people".

    Also of what is no number: who refuses it says it.
    """
    is_whole = isinstance(number, int) or number.is_integer()
    said = str(int(number)) if is_whole else f"{number:g}"
    return f"{said} {one if number == 1 else many or f'{one}s'}"
