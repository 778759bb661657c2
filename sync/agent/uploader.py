"""Uploads the journal: what outlives a link. `UploadConversation` is what happens on one link."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.errors import JournalError
from edge.journal.format import AcknowledgedState, Span
from edge.signing.cose import Keys
from edge.support.counted import counted
from sync.agent.acknowledged import AcknowledgedFolder
from sync.agent.core import AcknowledgedEpochs
from sync.agent.journal_view import LATELY, GateProblems, JournalView
from sync.agent.upload import UploadConversation
from sync.wire import Channel


class Uploader:
    """Uploads the journal of `device`, signed with its message key; `folder` keeps central's
    acknowledgements.
    """

    channels = frozenset({Channel.ACKNOWLEDGEMENT, Channel.STORED, Channel.REFUSED_BY_CENTRAL})

    def __init__(
        self,
        device: str,
        key: Ed25519PrivateKey,
        view: JournalView,
        folder: AcknowledgedFolder,
        central: Keys,
        linger: float = 0.0,
    ) -> None:
        self._device = device
        self._key = key
        self._view = view
        self._folder = folder
        self._linger = linger
        self._acknowledged = AcknowledgedEpochs(folder.read(device, central))
        self._problems = GateProblems()

    def open_conversation(self, now: float) -> UploadConversation:  # noqa: ARG002
        return UploadConversation(
            self._device,
            self._key,
            self._view,
            self._folder,
            self._acknowledged,
            self._problems,
            self._linger,
        )

    @property
    def alarms(self) -> tuple[str, ...]:
        """The problems by code. A copy that has begun a new epoch has solved its own and is not listed."""
        newest, _, __ = self.progress(within=LATELY)
        codes = {
            f"journal_{state.value}"
            for epoch, state in self._acknowledged.closed.items()
            if state is AcknowledgedState.FORKED or (newest is not None and newest.epoch == epoch)
        }
        return tuple(sorted(codes | self._problems.codes))

    def progress(self, *, within: float = 0.0) -> tuple[Span | None, int, int]:
        """The epoch being written, the newest sequence that central has of it, and how many events wait
        in all.

        An answer of the gate younger than `within` seconds is reused.
        """
        try:
            spans = self._view.spans(within=within)
        except JournalError as error:
            self._problems.report_journal(error)
            spans = self._view.last_spans  # by the gate's last answer
        newest = spans[-1] if spans else None
        return (
            newest,
            0 if newest is None else self._acknowledged.sequence(newest.epoch),
            self._waiting(spans),
        )

    @property
    def status(self) -> str:
        """How many events wait by the gate's last answer, and why it does not answer if so."""
        problem = self._view.problem
        waiting = counted(self._waiting(self._view.last_spans), "event waits", "events wait")
        return waiting if problem is None else f"{waiting}; {problem.what}"

    @property
    def writes_at(self) -> float:
        """When `write` has something to write (monotonic, in seconds); inf: nothing waits."""
        return self._folder.writes_at

    def write(self, now: float, *, at_once: bool = False) -> None:
        """Write central's newest acknowledgements for the gate, if it is time; with or without a link.

        If the folder cannot be written, the gate cannot prune; sending goes on.
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
