"""The error of a model file."""

from __future__ import annotations


class ModelError(Exception):
    """A model file is unknown, absent, unreachable or not the one it should be.

    `what` says what happened, `where` names the file or the address, `remedy` says what to do.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.what}{advice}"
