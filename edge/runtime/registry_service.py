"""Keeps the registry in force: loads the one held, takes up what arrives, off the main loop.

Verifying fifty thousand subjects and opening their templates takes seconds; the main loop goes on deciding
by the old holdings until the new ones are whole, and then by the new: one assignment. Changes cost what
they change.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic as system_monotonic

from msgspec import UNSET

from edge.calibration.files import calibration_in_force
from edge.calibration.format import FaceThresholds
from edge.decision import ClockTrust, WallTime
from edge.errors import RegistryError
from edge.registry.configuration import RegistrySection
from edge.registry.format import Registry
from edge.registry.gallery import Gallery, open_gallery
from edge.registry.gate_keys import gate_keys_of
from edge.registry.inbox import Arrival, Inbox
from edge.registry.keys import read_anchor
from edge.registry.lists import ListNews, ListStore
from edge.registry.removal_watch import RemovalNews, RemovalWatch
from edge.registry.status import RefusedFile, RegistryStatus, write_status
from edge.registry.store import RegistryStore
from edge.runtime.recognition import Holdings
from edge.support.due import NEVER


@dataclass(frozen=True)
class RegistryNews:
    """What happened to the registry: installed (`version`), or refused with a stable code, and findings.

    `urgent_revocations` is the number of a list that came into force. `expired`: the version
    in force has just outlived its signature; the policy's staleness rule holds. `thresholds` are those that
    faces need from now on.
    """

    version: int | None
    refusal: str = ""
    text: str = ""
    findings: tuple[str, ...] = ()
    urgent_revocations: int | None = None
    expired: bool = False
    thresholds: FaceThresholds | None = None


News = RegistryNews | ListNews | RemovalNews
"""What is told of all that a gate takes up."""


@dataclass(frozen=True)
class InboxPaths:
    """Where others put what is new: the registry's bundle (changes and urgent revocations beside it), and the
    folder of the lists, if there is one.
    """

    bundle: Path
    lists: Path | None = None


@dataclass(frozen=True)
class RegistryOwner:
    """Whose registry this is, and where the gate tells of it."""

    site: str
    gate: str
    folder: Path


class RegistryService:
    """The holdings of one gate; `poll` is a task. `tell` is called from the task and must not wait."""

    def __init__(
        self,
        place: RegistryOwner,
        store: RegistryStore,
        lists: ListStore,
        inbox: InboxPaths,
        engine: str,
        wall: Callable[[], WallTime],
        tell: Callable[[News], None],
        look_every: float,
        monotonic: Callable[[], float] = system_monotonic,
    ) -> None:
        self._removals = RemovalWatch(place.folder, inbox.bundle, store.trusted)
        self._place = place
        self._store = store
        self._arrivals = Inbox(store)
        self._lists = lists
        self._inbox = inbox
        self._engine = engine
        self._wall = wall
        self._tell = tell
        self._look_every = look_every
        self._monotonic = monotonic
        self._holdings: Holdings | None = None
        self._status: RegistryStatus | None = None
        self._refused: RefusedFile | None = None
        self._told_expired = 0
        self._told_of_keys: set[str] = set()

    def holdings(self) -> Holdings | None:
        """What is in force at this moment; None where the gate holds no registry."""
        return self._holdings

    def sealing_key(self) -> bytes:
        """The template key by which this gate seals now."""
        held = self._store.held
        return self._store.keys.sealing_with(UNSET if held is None else held.template_key)

    def knows(self, subject: str) -> bool:
        """Whether the registry in force has somebody; where there is none, anybody may be in it."""
        return self._holdings is None or subject in self._holdings.registry.subjects

    def load(self) -> None:
        """Take up the registry held on disk, then whatever waits in the inbox."""
        registry, findings = self._store.load()
        if registry is not None:
            self._hold(registry, findings, told=False)
        elif findings:
            self._tell(RegistryNews(None, "damaged", "; ".join(findings)))
        self.look()

    def poll(self) -> float:
        """Take up what arrived; returns when to look again."""
        self.look()
        return self._monotonic() + min(self._look_every, self._expires_in())

    def look(self) -> None:
        """Take up what arrived in the inbox since the last look."""
        self._look_for_registry()
        self._look_for_lists()
        self._look_at_expiry()
        self._look_at_keys()
        self._write_status()
        self._look_at_removals()

    def _look_for_registry(self) -> None:
        try:
            arrivals = self._arrivals.poll(self._inbox.bundle, self._wall())
        except RegistryError as error:
            self._tell(RegistryNews(None, "not_stored", str(error)))
            return
        for arrival in arrivals:
            self._take(arrival)

    def _take(self, arrival: Arrival) -> None:
        if arrival.refused is not None:
            reason = arrival.refused.refusal.value
            self._refused = RefusedFile(arrival.name, arrival.sha256.hex(), reason)
            self._tell(RegistryNews(None, reason, str(arrival.refused)))
        elif arrival.registry is not None:
            held, listed = self._holdings, self._store.revoked
            same = held is not None and held.registry.set_sha256 == arrival.registry.set_sha256
            self._hold(arrival.registry, (), told=not same)
            if same and listed is not None:
                self._tell(RegistryNews(None, urgent_revocations=listed.number))

    def _look_for_lists(self) -> None:
        held = self._holdings
        if held is None or self._inbox.lists is None:
            return
        try:
            news = self._lists.poll(self._inbox.lists, self._wall(), held.registry.issued)
        except RegistryError as error:
            news = (ListNews(str(self._inbox.lists), refusal=str(error)),)
        if any(item.version is not None for item in news):
            self._holdings = replace(held, lists=self._lists.lists())
        for item in news:
            self._tell(item)

    def _look_at_removals(self) -> None:
        """Say what was removed and is gone; a file that cannot be read now is looked at again."""
        now, signed = self._holdings, self._store.held
        if now is None or signed is None:
            return
        with suppress(OSError):
            for news in self._removals.due(
                now.registry, now.gallery.names, signed, self._store.revoked, self._monotonic()
            ):
                self._tell(news)

    def _look_at_expiry(self) -> None:
        """Say once of each version that it has expired."""
        held, wall = self._holdings, self._wall()
        if held is None or wall.trust is ClockTrust.UNTRUSTED:
            return
        registry = held.registry
        if wall.at >= registry.expires and self._told_expired != registry.version:
            self._told_expired = registry.version
            text = f"since {registry.expires:%Y-%m-%d %H:%M} UTC"
            self._tell(RegistryNews(registry.version, text=text, expired=True))

    def _look_at_keys(self) -> None:
        """Erase template keys that the registry in force names no more; a full disk is tried again."""
        wall, held = self._wall(), self._store.held
        if held is None:
            return
        try:
            said = self._store.settle_keys(wall.at if wall.trust is ClockTrust.TRUSTED else None)
        except RegistryError as error:
            said = (str(error),)
        said = tuple(text for text in said if text not in self._told_of_keys)
        if said:
            self._told_of_keys.update(said)
            self._tell(RegistryNews(held.version, findings=said))

    def _expires_in(self) -> float:
        """Seconds until the registry in force expires by a clock that goes on as it does; inf: it has."""
        held = self._holdings
        left = 0.0 if held is None else (held.registry.expires - self._wall().at).total_seconds()
        return left if left > 0.0 else NEVER

    def _write_status(self) -> None:
        """Leave word for the sync process; a disk that is full must not stop the registry service."""
        held, listed = self._store.held, self._store.revoked
        status = RegistryStatus(self._place.site, self._place.gate, refused=self._refused)
        if held is not None:
            status = RegistryStatus(
                self._place.site,
                self._place.gate,
                held.version,
                held.set_sha256.hex(),
                held.issued,
                held.expires,
                held.root.version,
                held.policy_number,
                0 if listed is None else listed.number,
                self._refused,
            )
        if status != self._status:
            with suppress(OSError):
                write_status(self._place.folder, status)
                self._status = status

    def _hold(self, registry: Registry, findings: tuple[str, ...], *, told: bool) -> None:
        gallery, more = self._gallery(registry)
        for item in self._lists.load(registry.list_keys):
            self._tell(item)
        calibration = calibration_in_force(self._engine, registry.calibrations.values())
        holdings = Holdings(registry, gallery, self._lists.lists(), calibration)
        if gallery.templates and calibration is None:
            more = (
                *more,
                f"{self._engine} was never calibrated, so no face matches: gatepost faces calibrate",
            )
        before, self._holdings = self._holdings, holdings
        self._removals.took_up(
            None if before is None else before.registry,
            self._store.held or registry,
            self._store.revoked,
            self._monotonic(),
        )
        if told or findings or more:
            news = RegistryNews(registry.version, findings=(*findings, *more), thresholds=holdings.thresholds)
            self._tell(news)

    def _gallery(self, registry: Registry) -> tuple[Gallery, tuple[str, ...]]:
        """What differs from the gallery in force is opened anew; the other faces stand as they are."""
        before = self._holdings
        held = None if before is None else (before.registry, before.gallery)
        return open_gallery(registry, self._store.keys.every, self._engine, held)


def registry_service_of(
    section: RegistrySection,
    site: str,
    engine: str,
    wall: Callable[[], WallTime],
    tell: Callable[[News], None],
    *,
    gate: str = "",
    folder: Path | None = None,
    monotonic: Callable[[], float] = system_monotonic,
) -> RegistryService:
    """The service that gate.toml describes; it keeps what it verified in `folder` rather than the gate's own.

    Raises GatepostError where a key cannot be read.
    """
    keys, folder = gate_keys_of(section, folder), folder or section.folder
    return RegistryService(
        RegistryOwner(site, gate, folder),
        RegistryStore(folder, site, read_anchor(section.root_key), keys, gate),
        ListStore(folder / "lists"),
        InboxPaths(section.inbox, section.lists),
        engine,
        wall,
        tell,
        section.look_every,
        monotonic,
    )
