"""What central has acknowledged of each epoch: the only thing that outlives a link. PURE."""

from __future__ import annotations

from collections.abc import Mapping

from edge.journal.format import AcknowledgedState, Acknowledgement


class AcknowledgedEpochs:
    """Central's newest acknowledgement of each epoch; `known` are those of an earlier run."""

    def __init__(self, known: Mapping[bytes, Acknowledgement] | None = None) -> None:
        self._newest: dict[bytes, Acknowledgement] = dict(known or {})
        self._closed: dict[bytes, AcknowledgedState] = {}

    @property
    def closed(self) -> Mapping[bytes, AcknowledgedState]:
        """The epochs that are no longer sent, because central has a different chain, and why."""
        return self._closed

    def newest(self, epoch: bytes) -> Acknowledgement | None:
        """Central's newest acknowledgement of `epoch`."""
        return self._newest.get(epoch)

    def sequence(self, epoch: bytes) -> int:
        """The newest sequence of `epoch` that central has acknowledged; 0: none."""
        acknowledgement = self._newest.get(epoch)
        return 0 if acknowledgement is None else acknowledgement.sequence

    def record(self, acknowledgement: Acknowledgement, state: AcknowledgedState) -> bool:
        """Take in a verified acknowledgement that stands in `state` to the journal; whether it is news.

        An older acknowledgement that was overtaken changes nothing.
        """
        before = self._newest.get(acknowledgement.epoch)
        if (
            before is not None
            and acknowledgement.sequence <= before.sequence
            and acknowledgement.issued <= before.issued
        ):
            return False
        if state is not AcknowledgedState.FORKED:
            self._newest[acknowledgement.epoch] = acknowledgement
        if state in {AcknowledgedState.AHEAD, AcknowledgedState.FORKED}:
            self._closed[acknowledgement.epoch] = state
        else:
            self._closed.pop(acknowledgement.epoch, None)
        return True
