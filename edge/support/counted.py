"""So many of something, in words: the only place that knows of the plural."""

from __future__ import annotations


def counted(number: float, one: str, many: str = "") -> str:
    """`number` of something in words: "1 certificate", "2 certificates", "1.5 days", "3 people"."""
    said = str(int(number)) if number == int(number) else f"{number:g}"
    return f"{said} {one if number == 1 else many or f'{one}s'}"
