"""Does what is due, again and again: moves what is old, erases, deletes by the rules, verifies, and
sums up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Event

import sqlalchemy as sa
import structlog

from edge.errors import words_of
from sync.central.configuration import HistorySection
from sync.central.history.archiving import Archiving
from sync.central.history.core import FileKind
from sync.central.history.erasing import erase_from_files
from sync.central.history.manifest import folder_of
from sync.central.history.partitions import make_partitions
from sync.central.history.retention import delete_old
from sync.central.history.rewriting import Rewriting
from sync.central.history.sums import Summing, sum_up
from sync.central.history.verifying import FileDamage, glance, verify_files
from sync.central.store import Store
from sync.central.units import DAY

OnDamage = Callable[[sa.Connection, Iterable[FileDamage], int], None]
"""Told in each round every file that is not what was written: the same again, too."""
_EVERY, _SOON = 3600.0, 1.0
_FILES = 50
_STEPS = 50
_VERIFIED_AGAIN = 7 * DAY


class HistoryLoop:
    """Looks after the history of `store`; `look` does one round. Without a `section` nothing moves: months
    are made ahead, and the rules of retention hold.
    """

    def __init__(
        self,
        store: Store,
        section: HistorySection | None,
        wall: Callable[[], int],
        on_damage: OnDamage,
        summing: Summing,
    ) -> None:
        self._store = store
        self._section = section
        self._every = _EVERY if section is None else section.every
        self._wall = wall
        self._on_damage = on_damage
        self._summing = summing
        self._said: frozenset[str] = frozenset()
        self._log = structlog.get_logger("history")

    def run(self, stop: Event) -> None:
        """Work until `stop` is set. While there is more to move it goes on, a round a second."""
        while not stop.is_set():
            stop.wait(_SOON if self.look() else self._every)

    def look(self) -> bool:
        """One round; returns whether there is more to be done."""
        problems: list[str] = []
        more = False
        for part in (self._partitions, self._erase, self._move, self._delete, self._verify, self._sum):
            try:
                more |= part(problems)
            except Exception as error:  # noqa: BLE001 - one part that fails ends no other, and not the loop
                problems.append(words_of(error))
        self._say(problems)
        return more

    # --- inside ----------------------------------------------------------------------------

    def _partitions(self, problems: list[str]) -> bool:
        problems += make_partitions(self._store, self._wall())
        return False

    def _erase(self, problems: list[str]) -> bool:
        del problems
        erase_from_files(self._rewriting())
        return False

    def _move(self, problems: list[str]) -> bool:
        if self._section is None:
            return False
        archiving = archiving_of(self._store, self._section, self._wall())
        archiving.clean_up()
        done = archiving.move_some(_FILES)
        problems += [str(problem) for problem in done.problems]
        return len(done.moved) == _FILES

    def _delete(self, problems: list[str]) -> bool:
        del problems
        return delete_old(self._rewriting(), _STEPS) == _STEPS

    def _verify(self, problems: list[str]) -> bool:
        now = self._wall()
        seen = {each.name: each for each in glance(self._store, now)}
        seen |= {
            each.name: each
            for each in verify_files(self._store, now, before=now - _VERIFIED_AGAIN, most=_FILES)
        }
        if seen:
            with self._store.writing() as connection:
                self._on_damage(connection, seen.values(), now)
        problems += [f"{each.name}: {each.what}" for each in seen.values()]
        return False

    def _sum(self, problems: list[str]) -> bool:
        return sum_up(self._store, self._summing, _FILES, problems) == _FILES

    def _rewriting(self) -> Rewriting:
        if self._section is not None:
            return Rewriting(self._store, self._section.folder, self._wall(), self._section.compression)
        with self._store.reading() as connection:
            folder = folder_of(connection)
        return Rewriting(self._store, folder or Path(), self._wall())

    def _say(self, problems: list[str]) -> None:
        """Say each problem once while it lasts."""
        for problem in problems:
            if problem not in self._said:
                self._log.error("history", error=problem)
        self._said = frozenset(problems)


def archiving_of(store: Store, section: HistorySection, now: int) -> Archiving:
    """How what is old by central.toml moves at `now`."""
    cuts = {
        FileKind.EVENTS: now - section.after_days * DAY,
        FileKind.ACCESSES: now - section.accesses_after_days * DAY,
    }
    return Archiving(store, section.folder, cuts, now, section.compression)
