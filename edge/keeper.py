"""Keeps the registry in force: loads the one held, takes up what arrives, off the main loop.

Verifying fifty thousand subjects and opening their templates takes seconds; the main loop goes on deciding
by the old holdings until the new ones are whole, and then by the new: one assignment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from edge.calibration.calibration import FaceThresholds
from edge.calibration.files import shipped_calibration
from edge.configuration import RegistrySection
from edge.decision.situation import WallTime
from edge.errors import RegistryError
from edge.recognition import Holdings
from edge.registry.bundle import Registry
from edge.registry.gallery import open_gallery
from edge.registry.keys import read_root_key, read_template_key
from edge.registry.lists import ListNews, ListStore
from edge.registry.store import RegistryStore


@dataclass(frozen=True)
class RegistryNews:
    """What happened to the registry: installed (`version`), or refused with a stable code, and findings.

    `thresholds` are those that faces need from now on.
    """

    version: int | None
    refusal: str = ""
    text: str = ""
    findings: tuple[str, ...] = ()
    thresholds: FaceThresholds | None = None


@dataclass(frozen=True)
class Inbox:
    """Where others put what is new: the registry's bundle, and the folder of the lists, if there is one."""

    bundle: Path
    lists: Path | None = None


class RegistryKeeper:
    """The holdings of one gate. `tell` is called from the keeper's thread and must not wait."""

    def __init__(
        self,
        store: RegistryStore,
        lists: ListStore,
        inbox: Inbox,
        template_key: bytes,
        engine: str,
        wall: Callable[[], WallTime],
        tell: Callable[[RegistryNews | ListNews], None],
        look_every: float,
    ) -> None:
        self._store = store
        self._lists = lists
        self._inbox = inbox
        self._template_key = template_key
        self._engine = engine
        self._wall = wall
        self._tell = tell
        self._look_every = look_every
        self._holdings: Holdings | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="registry", daemon=True)

    def holdings(self) -> Holdings | None:
        """What is in force at this moment; None where the gate holds no registry."""
        return self._holdings

    def load(self) -> None:
        """Take up the registry held on disk, then whatever waits in the inbox."""
        registry, findings = self._store.load()
        if registry is not None:
            self._hold(registry, findings, told=False)
        elif findings:
            self._tell(RegistryNews(None, "damaged", "; ".join(findings)))
        self.look()

    def look(self) -> None:
        """Take up what arrived in the inbox since the last look."""
        self._look_for_registry()
        self._look_for_lists()

    def _look_for_registry(self) -> None:
        try:
            arrival = self._store.look(self._inbox.bundle, self._wall())
        except RegistryError as error:
            self._tell(RegistryNews(None, "not_stored", str(error)))
            return
        if arrival is None:
            return
        if arrival.registry is not None:
            self._hold(arrival.registry, (), told=True)
        elif arrival.refused is not None:
            self._tell(RegistryNews(None, arrival.refused.refusal.value, str(arrival.refused)))

    def _look_for_lists(self) -> None:
        held = self._holdings
        if held is None or self._inbox.lists is None:
            return
        try:
            news = self._lists.look(self._inbox.lists, self._wall())
        except RegistryError as error:
            news = (ListNews(str(self._inbox.lists), refusal=str(error)),)
        if any(item.version is not None for item in news):
            self._holdings = replace(held, lists=self._lists.lists())
        for item in news:
            self._tell(item)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def _run(self) -> None:
        while not self._stopping.wait(self._look_every):
            self.look()

    def _hold(self, registry: Registry, findings: tuple[str, ...], *, told: bool) -> None:
        before = self._holdings
        held = None if before is None else (before.registry, before.gallery)
        gallery, more = open_gallery(registry, self._template_key, self._engine, held)
        for item in self._lists.load(registry.list_keys):
            self._tell(item)
        calibration = registry.calibrations.get(self._engine) or shipped_calibration(self._engine)
        holdings = Holdings(registry, gallery, self._lists.lists(), calibration)
        if gallery.templates and calibration is None:
            more = (
                *more,
                f"{self._engine} was never calibrated, so no face matches: gatepost faces calibrate",
            )
        self._holdings = holdings
        if told or findings or more:
            self._tell(RegistryNews(registry.version, "", "", (*findings, *more), holdings.thresholds))


def keeper_of(
    section: RegistrySection,
    site: str,
    engine: str,
    wall: Callable[[], WallTime],
    tell: Callable[[RegistryNews | ListNews], None],
    *,
    folder: Path | None = None,
) -> RegistryKeeper:
    """The keeper that gate.toml describes; it keeps what it verified in `folder` rather than the gate's own.

    Raises GatepostError where a key cannot be read.
    """
    folder = folder or section.folder
    return RegistryKeeper(
        RegistryStore(folder, site, read_root_key(section.root_key)),
        ListStore(folder / "lists"),
        Inbox(section.inbox, section.lists),
        read_template_key(section.template_key),
        engine,
        wall,
        tell,
        section.look_every,
    )
