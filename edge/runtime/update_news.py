"""How updates of this computer's software ended, for the journal: root's updater writes it in a file."""

from __future__ import annotations

from pathlib import Path

import msgspec
import structlog

from edge.errors import ConfigurationError
from edge.journal.format import SoftwareUpdateEnded
from edge.support.decoding import Undecodable, json_of
from edge.support.due import NEVER
from edge.support.files import FileMark, mark_of, read_bounded, write_aside

TOLD_NAME = "update-told.json"
_MOST_BYTES = 256 * 1024
_LOOK_EVERY = 30.0


class UnfetchedVersion(msgspec.Struct, frozen=True):
    """That a version ("": the newest) could not be fetched, and why."""

    version: str
    why: str


class UpdaterWord(msgspec.Struct, frozen=True):
    """What of the updater's file concerns the gate: how the last update `ended`, and whether the last fetch
    failed.
    """

    ended: SoftwareUpdateEnded | None = None
    unfetched: UnfetchedVersion | None = None


def read_updater(path: Path) -> UpdaterWord:
    """What the updater says in its file; raises ConfigurationError where it cannot be read."""
    try:
        return json_of(read_bounded(path, _MOST_BYTES), UpdaterWord)
    except FileNotFoundError:
        return UpdaterWord()
    except (OSError, Undecodable) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}", where=str(path), remedy="gatepost update status"
        ) from None


class UpdateNews:
    """Looks at the updater's file (None: there is no updater); what was told is noted in the file `told`.

    Where the power is cut between an event and that note, the event is there twice, with one number.
    """

    def __init__(self, path: Path | None, told: Path) -> None:
        self._path = path
        self._told = told
        self._mark: FileMark | None = None
        self._due = NEVER if path is None else float("-inf")
        self._log = structlog.get_logger("edge.updates")

    def poll(self, now: float) -> SoftwareUpdateEnded | None:
        """An end that was not told yet; the same again until `note` is called with it."""
        if self._path is None or now < self._due:
            return None
        self._due = now + _LOOK_EVERY
        try:
            mark = mark_of(self._path.stat())
            if mark == self._mark:
                return None
            ended = read_updater(self._path).ended
            if ended is None or ended == self._last_told():
                self._mark = mark
                return None
        except FileNotFoundError:
            return None
        except (OSError, ConfigurationError) as error:
            self._log.warning("updates_not_read", error=str(error))
            return None
        return ended

    def note(self, ended: SoftwareUpdateEnded) -> None:
        """Keep that `ended` is in the journal."""
        try:
            write_aside(self._told, msgspec.json.encode(ended))
        except OSError as error:
            self._log.warning("update_not_noted", error=str(error))

    def next_due(self) -> float:
        """When to look again (monotonic seconds)."""
        return self._due

    def _last_told(self) -> SoftwareUpdateEnded | None:
        try:
            return json_of(read_bounded(self._told, _MOST_BYTES), SoftwareUpdateEnded)
        except (OSError, Undecodable):
            return None
