"""How a request is answered: by whom it may be asked, in which thread, and with what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from edge.staff.core import Right
from edge.staff.protocol import Answer, Message, Refused
from edge.staff.protocol.watching import Topic
from edge.staff.sessions import Session


@dataclass(frozen=True)
class AllowedRequest:
    """A request that may be asked: what, in which session (None: nobody is signed in), and from where."""

    body: Any
    session: Session | None
    client: str

    @property
    def by(self) -> Session:
        """Who asks. Raises LookupError where the request is public and nobody is signed in."""
        if self.session is None:
            raise LookupError("nobody is signed in")
        return self.session


class AnsweringThread(Enum):
    """The thread that answers."""

    WORKER = "worker"
    """The staff's own: it may wait for a file, and search."""
    LOOP = "loop"
    """The main loop's: it waits for nothing but the journal."""
    HERE = "here"
    """The one that reads requests: for what is at hand. It waits for nothing, not even for another answer."""


@dataclass(frozen=True)
class Then:
    """The rest of an answer is another thread's: the journal is the main loop's, files are the worker's."""

    where: AnsweringThread
    go_on: Callable[[], Answer | Then]


@dataclass(frozen=True)
class Handled:
    """Who may ask (a right; None: anybody), and how it is answered. `while_changing`: also by somebody who
    has to change their PIN first.
    """

    right: Right | None
    handle: Callable[[AllowedRequest], Answer | Then]
    where: AnsweringThread = AnsweringThread.WORKER
    while_changing: bool = False


Table = Mapping[type[Message], Handled]
Watched = Callable[[Topic, Session], Refused | None]
"""Called for each watch of a topic, from any thread, and never waits: it has it published, or refuses."""
