"""How long to pause before the next try to connect. PURE."""

from __future__ import annotations

from sync.transport.core.link import Ending

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0

FIRST_AFTER_TAKEOVER = 5.0
LONGEST_AFTER_TAKEOVER = 300.0
_MOST_DOUBLED = 2


def pause_before(attempt: int, chance: float, *, longest: float = LONGEST_PAUSE) -> float:
    """Seconds to pause before try number `attempt` (from 0): exponential, with jitter; `chance` is in [0, 1).

    The jitter spreads the gates that lost one broker over the whole pause.
    """
    span = min(longest, FIRST_PAUSE * 2.0 ** min(attempt, 16))
    return span * (0.1 + 0.9 * chance)


def pause_after_takeover(takeover: int, chance: float) -> float:
    """Seconds to pause after takeover number `takeover` (from 1); `chance` is in [0, 1).

    Two clients with one identity disconnect each other, less and less often. Half of the pause is random,
    so that they do not stay in step.
    """
    span = min(LONGEST_AFTER_TAKEOVER, FIRST_AFTER_TAKEOVER * 2.0 ** min(takeover - 1, 16))
    return span * (0.5 + 0.5 * chance)


class Pauses:
    """What a connection remembers from link to link: its tries, and how often it was taken over."""

    def __init__(self, longest: float, nodes: int = 1) -> None:
        self._longest = longest
        self._nodes = nodes
        """The broker's nodes, which are tried by turns: a span grows after all of them were."""
        self.attempts = 0
        """Tries since the other end last proved that it is there."""
        self.takeovers = 0
        """Takeovers by another client with this identity, since a link last stayed up for long."""

    def next_pause(self, ending: Ending, chance: float) -> float:
        """Seconds until the next try, after a link that ended by `ending`; `chance` is in [0, 1)."""
        if ending is Ending.TAKEN_OVER:
            self.takeovers += 1
            return pause_after_takeover(self.takeovers, chance)
        self.attempts += 1
        return pause_before((self.attempts - 1) // self._nodes, chance, longest=self._longest)

    def patience(self, handshake: float) -> float:
        """Seconds that the next handshake may take, where the first may take `handshake`: up to four times as
        long after tries in vain. A broker to which thousands come back at once is slow, and not gone; what
        it has done for a try that is given up is lost, and with it the time of all others.
        """
        return handshake * 2.0 ** min(self.attempts // self._nodes, _MOST_DOUBLED)

    def note_answer(self) -> None:
        """The other end has answered: the next pause is short again. Takeovers are counted on."""
        self.attempts = 0

    def note_uptime(self, seconds: float) -> None:
        """A link has been up for `seconds`; after long enough, another client would have taken it over
        again.
        """
        if seconds > LONGEST_AFTER_TAKEOVER:
            self.takeovers = 0
