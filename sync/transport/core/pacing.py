"""How long to wait before the next try. PURE."""

from __future__ import annotations

from sync.transport.core.link import Ending

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0

FIRST_AFTER_TAKEOVER = 5.0
LONGEST_AFTER_TAKEOVER = 300.0


def pause_before(attempt: int, chance: float, *, longest: float = LONGEST_PAUSE) -> float:
    """Seconds to wait before try number `attempt` (from 0), with full jitter: `chance` is in [0, 1).

    Many gates that lost the same broker come back spread over the whole pause, not at once.
    """
    span = min(longest, FIRST_PAUSE * 2.0 ** min(attempt, 16))
    return span * (0.1 + 0.9 * chance)


def pause_after_takeover(takeover: int, chance: float) -> float:
    """Seconds to wait after takeover number `takeover` (from 1): two that share an identity, each of whom
    throws the other out, do so ever more seldom. Half of it is chance, so that they do not go in step.
    """
    span = min(LONGEST_AFTER_TAKEOVER, FIRST_AFTER_TAKEOVER * 2.0 ** min(takeover - 1, 16))
    return span * (0.5 + 0.5 * chance)


class Pauses:
    """What a connection remembers from link to link: how often it has tried, how often it was thrown out."""

    def __init__(self, longest: float) -> None:
        self._longest = longest
        self.attempts = 0
        """Tries since the other end last proved that it is there."""
        self.takeovers = 0
        """Times that another client took the identity, since a link was last left alone for long."""

    def next_pause(self, ending: Ending, chance: float) -> float:
        """Seconds until the next try."""
        if ending is Ending.TAKEN_OVER:
            self.takeovers += 1
            return pause_after_takeover(self.takeovers, chance)
        self.attempts += 1
        return pause_before(self.attempts - 1, chance, longest=self._longest)

    def note_answer(self) -> None:
        """The other end has answered: the next pause is short again. This says nothing of takeovers."""
        self.attempts = 0

    def note_uptime(self, seconds: float) -> None:
        """A link has been up for so long: anyone who shares the identity would have been back by now."""
        if seconds > LONGEST_AFTER_TAKEOVER:
            self.takeovers = 0
