"""The staff's file, which may not open: the gate runs, nobody can sign in, and it is tried again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from edge.staff.file_errors import StaffFileError
from edge.staff.store import StaffStore, open_staff_store
from edge.support.storage import Storage

TRY_AGAIN_AFTER: Final = 5.0


class AccountsFile:
    """The file at `path`. Used by the worker's thread."""

    def __init__(self, path: Path, storage: Storage, monotonic: Callable[[], float]) -> None:
        self._path = path
        self._storage = storage
        self._monotonic = monotonic
        self._store: StaffStore | None = None
        self._why = ""
        self._not_before = float("-inf")
        self._log = structlog.get_logger("edge.staff")

    def store(self) -> StaffStore:
        """The open file. Raises StaffFileError."""
        if self._store is None:
            raise StaffFileError(self._why or "is not open yet", where=str(self._path))
        return self._store

    @property
    def is_open(self) -> bool:
        return self._store is not None

    def try_to_open(self) -> tuple[bool, str]:
        """Open it where that is due: whether it was just opened, and what is newly wrong with it."""
        if self._store is not None or self._monotonic() < self._not_before:
            return False, ""
        try:
            opened = open_staff_store(self._path, self._storage)
            opened.sign_out_after_copy()
        except StaffFileError as error:
            self._not_before = self._monotonic() + TRY_AGAIN_AFTER
            before, self._why = self._why, str(error)
            if self._why == before:
                return False, ""
            self._log.error("staff_file_unusable", error=str(error))
            return False, self._why
        self._store, self._why = opened, ""
        return True, ""

    def next_due(self) -> float:
        """When to try again at the latest (monotonic seconds)."""
        return float("inf") if self._store is not None else self._not_before

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None
