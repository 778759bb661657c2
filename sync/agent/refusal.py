"""Ends the link when central refuses this device: for good, for now, or on this link only.

A retirement is kept on disk beside the acknowledgements, in the bytes that central signed, so that it holds
after a restart before any link. The gate itself goes on deciding alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import structlog

from edge.signing.cose import Keys, MessageRefused
from edge.support.due import NEVER
from edge.support.files import read_bounded, write_aside
from sync.agent.core import ToldTimes
from sync.dispatch.handler import StatelessHandler
from sync.wire import Channel, DeviceRefused, ReceivedMessage, RefusedDevice, SealedMessage, open_message

ASK_AGAIN_AFTER = 60.0
"""Seconds that an unknown or suspended device stays away."""
BACK_AFTER = 10.0
"""Seconds that a device in service stays away: it leaves before the broker would disconnect it."""
_MOST_BYTES = 1024


class RefusalHandler(StatelessHandler):
    """Handles refusals of `device`; keeps a retirement in `folder`.

    A refusal that is older than what central `told` on this link is ignored: somebody recorded it.
    """

    channels = frozenset({Channel.DEVICE_REFUSED})

    def __init__(self, device: str, folder: Path, central: Keys, told: ToldTimes) -> None:
        self._told = told
        self._path = folder / "retired.notice"
        self._log = structlog.get_logger("sync.refused")
        self._stay_away_until = float("-inf")
        self.why: RefusedDevice | None = None
        self.is_retired = self._was_retired(device, central)
        if self.is_retired:
            self._log.error("device_retired", device=device)

    @property
    def away_until(self) -> float:
        """Until when there must be no link (monotonic, in seconds); inf: for good."""
        return NEVER if self.is_retired else self._stay_away_until

    def must_stay_away(self, now: float) -> bool:
        """Whether there must be no link at `now` (monotonic, in seconds)."""
        return now < self.away_until

    def handle(self, messages: list[ReceivedMessage], now: float) -> Iterable[SealedMessage]:
        for item in messages:
            assert isinstance(item.message, DeviceRefused)  # noqa: S101 - the channel says so
            if not self._told.is_news(item.message.at):
                self._log.warning("older_refusal", why=item.message.why.value)
                continue
            self.why = item.message.why
            self._log.error(f"device_{self.why.value}", device=item.device)
            brief = self.why is RefusedDevice.DISCONNECTED
            self._stay_away_until = now + (BACK_AFTER if brief else ASK_AGAIN_AFTER)
            if item.message.why is RefusedDevice.RETIRED and not self.is_retired:
                self.is_retired = True
                self._keep(item.data)
        return ()

    def _keep(self, signed: bytes) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_aside(self._path, signed)
        except OSError as error:  # central will say it again
            self._log.error("not_kept", path=str(self._path), error=str(error))

    def _was_retired(self, device: str, central: Keys) -> bool:
        try:
            data = read_bounded(self._path, _MOST_BYTES)
            message = open_message(Channel.DEVICE_REFUSED.of(device), data, central).message
        except (OSError, MessageRefused):  # none, or that of another device that used this card before
            return False
        return isinstance(message, DeviceRefused) and message.why is RefusedDevice.RETIRED
