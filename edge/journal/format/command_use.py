"""What the journal keeps of commands that were taken, and what it knows of one that comes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CommandUse:
    """What a command uses up when it is taken: its nonce, and its issuer's counters up to its own.

    `issuers` are all whose keys count now: of others no counter is kept. Nonce and issuers are in hex.
    """

    nonce: str
    issuer: str
    counter: int
    issuers: frozenset[str]


@dataclass(frozen=True)
class KnownOfCommand:
    """What the journal knows of a command: whether its nonce was used, and the highest `counter` that was
    taken of its issuer (0: none). What was used until `unknown_until` (microseconds) nobody knows; 0: all is
    known.
    """

    used: bool = False
    counter: int = 0
    unknown_until: int = 0
