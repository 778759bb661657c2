"""What a legal hold keeps from being deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """What of a site is held: of one `subject` (None: everything), from `since` until before `until`."""

    site: str
    subject: str | None = None
    since: int | None = None
    until: int | None = None

    def holds(self, subject: str | None, at: int) -> bool:
        """Whether something of the site is held, which is of that person and time."""
        return (self.subject is None or subject == self.subject) and self.meets(at, at)

    def meets(self, first_at: int, last_at: int) -> bool:
        """Whether something of a stretch of time may be held."""
        return (self.since is None or last_at >= self.since) and (self.until is None or first_at < self.until)


def is_held(scopes: Iterable[Scope], subject: str | None, at: int) -> bool:
    """Whether any hold of the site holds it."""
    return any(scope.holds(subject, at) for scope in scopes)
