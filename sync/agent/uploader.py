"""Journal up: what outlives a link. How it is sent on one is `UploadConversation`."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import JournalError
from edge.journal.format import AcknowledgedState, Span
from edge.signing.cose import Keys
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.core.outbox import AcknowledgedEpochs
from sync.agent.journal_view import LATELY, GateProblems, JournalView
from sync.agent.upload import UploadConversation
from sync.wire import Channel


class Uploader:
    """The journal of `device`, signed with its message key; `folder` keeps what central signed."""

    channels = frozenset({Channel.ACKNOWLEDGEMENT})

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        view: JournalView,
        folder: AcknowledgedFolder,
        central: Keys,
    ) -> None:
        self._device = device
        self._key = key
        self._view = view
        self._folder = folder
        self._acknowledged = AcknowledgedEpochs(folder.read(device, central))
        self._problems = GateProblems()

    def open_conversation(self, now: float) -> UploadConversation:  # noqa: ARG002
        return UploadConversation(
            self._device, self._key, self._view, self._folder, self._acknowledged, self._problems
        )

    @property
    def alarms(self) -> tuple[str, ...]:
        """What is the matter, in codes. An older copy that has begun a new epoch has done what it can."""
        newest, _, __ = self.progress(within=LATELY)
        codes = {
            f"journal_{state.value}"
            for epoch, state in self._acknowledged.closed.items()
            if state is AcknowledgedState.FORKED or (newest is not None and newest.epoch == epoch)
        }
        return tuple(sorted(codes | self._problems.codes))

    def progress(self, *, within: float = 0.0) -> tuple[Span | None, int, int]:
        """The epoch being written, up to where central has it, and how many events of all wait.

        What was heard of the gate `within` so many seconds is not asked for again.
        """
        try:
            spans = self._view.spans(within=within)
        except JournalError as error:
            self._problems.report_journal(error)
            spans = self._view.last_spans  # as far as the gate was heard
        newest = spans[-1] if spans else None
        return (
            newest,
            0 if newest is None else self._acknowledged.sequence(newest.epoch),
            self._waiting(spans),
        )

    @property
    def status(self) -> str:
        """How much waits as far as the gate was heard last, and whether it is heard."""
        problem = self._view.problem
        waiting = f"{self._waiting(self._view.last_spans)} events wait"
        return waiting if problem is None else f"{waiting}; {problem.what}"

    def write(self, now: float, *, at_once: bool = False) -> None:
        """Put central's newest words where the gate reads them, if it is time; with or without a link.

        A folder that cannot be written keeps the gate from pruning, and nothing from being sent.
        """
        try:
            self._folder.write(now, at_once=at_once)
            self._problems.clear("acknowledged_unwritable")
        except JournalError as error:
            self._problems.report("acknowledged_unwritable", error)

    def close(self, now: float) -> None:
        self.write(now, at_once=True)
        self._view.close()

    def _waiting(self, spans: Sequence[Span]) -> int:
        sequence = self._acknowledged.sequence
        return sum(max(0, span.last - max(sequence(span.epoch), span.first - 1)) for span in spans)
