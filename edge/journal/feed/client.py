"""Asks a gate for its journal: one question, one answer, within a deadline."""

from __future__ import annotations

from edge.errors import JournalError
from edge.journal.feed.channel import JournalChannel
from edge.journal.format import FeedRequest, Page, Unreadable, answer_of, encoded
from edge.support.decoding import Undecodable


class GateNotRunning(JournalError):
    """Nobody serves the journal at its socket."""


class JournalClient:
    """Reads the journal that a gate serves at the other end of `channel`."""

    def __init__(self, channel: JournalChannel) -> None:
        self._channel = channel

    def ask(self, ask: FeedRequest) -> Page:
        """The gate's answer; raises GateNotRunning, or JournalError where its journal is unreadable."""
        try:
            packet = self._channel.ask(encoded(ask))
        except OSError as error:
            raise self._explained(error) from None
        try:
            answer = answer_of(packet)
        except Undecodable as error:
            self.close()
            raise JournalError(
                f"the gate's answer is {error.what}", where=self._channel.where, remedy="restart the gate"
            ) from None
        if isinstance(answer, Unreadable):
            raise JournalError(answer.what, where=answer.where, remedy=answer.remedy)
        assert isinstance(answer, Page)  # noqa: S101 - there are only these two kinds
        return answer

    @property
    def changes(self) -> int | None:
        """As the channel has it."""
        return self._channel.changes

    def close(self) -> None:
        """Give up the connection; the next request makes another."""
        self._channel.close()

    # --- inside ----------------------------------------------------------------------------

    def _explained(self, error: OSError) -> GateNotRunning:
        if isinstance(error, FileNotFoundError | ConnectionRefusedError):
            what = "the gate does not run"
        elif isinstance(error, TimeoutError | BlockingIOError):
            what = "the gate does not answer"
        else:
            what = f"the gate cannot be asked: {error.strerror or error}"
        remedy = "start the gate, whose journal.socket in gate.toml is the one in sync.toml"
        return GateNotRunning(what, where=self._channel.where, remedy=remedy)
