"""The trial of a version beside the gate that runs: it checks itself, and decides on what that one decides.

It is a process of its own that has no device, no network, and may write one file. It reads the decisions on
the socket by which the sync process gets them, and makes each again by the registry that the gate holds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import msgspec

from edge.configuration import GateConfiguration, load_configuration
from edge.decision import Decision, decide, identified_by
from edge.diagnostics.check import check_beside
from edge.diagnostics.check_result import Verdict
from edge.errors import GatepostError
from edge.journal.feed.channel import JournalChannel, SocketChannel
from edge.journal.feed.client import GateNotRunning, JournalClient
from edge.journal.format import AccessDecided, Entry, FeedRequest, Page, understood
from edge.registry.format import Registry
from edge.registry.gate_keys import gate_keys_of
from edge.registry.keys import read_anchor
from edge.registry.store import RegistryStore
from edge.support.files import make_folder, write_aside
from sync.updates.core import MOST_NAMED, Difference, TrialReport

LOOKS_BACK = 2_000
"""Events before the newest: in a busy lane some minutes, in a quiet one a day."""
_OF_WRITING = frozenset({"journal", "card", "disk"})
"""Checks of what a gate writes: a trial may write nothing of it, which says nothing of the version."""
_READABLE = 0o644
_PAUSE = 0.5


def try_out(
    configuration_file: Path, report: Path, seconds: float, pause: Callable[[float], None] = time.sleep
) -> TrialReport:
    """Check this version at the gate of `configuration_file`, shadow it for `seconds`, and write `report`."""
    here = version("gatepost")
    try:
        configuration = load_configuration(configuration_file)
        bad = tuple(
            f"{found.what}: {found.text}"
            for found in check_beside(configuration)
            if found.verdict is Verdict.BAD and found.what not in _OF_WRITING
        )
        shadow = _shadowed(configuration, seconds, pause)
        made = TrialReport(
            here,
            bad,
            shadow.compared,
            shadow.skipped,
            shadow.differing,
            tuple(shadow.differ.values()),
            shadow.unnamed,
        )
    except (GatepostError, OSError) as error:
        made = TrialReport(here, problem=str(error)[:1000])
    make_folder(report.parent, 0o755)
    write_aside(report, msgspec.json.encode(made), _READABLE)
    return made


# --- inside --------------------------------------------------------------------------------


@dataclass
class Shadow:
    """Decisions made again: how many, and which came out otherwise, one of each kind."""

    registry: Callable[[], Registry | None]
    held: Registry | None = None
    compared: int = 0
    skipped: int = 0
    differing: int = 0
    differ: dict[tuple[str, ...], Difference] = field(default_factory=dict)
    unnamed: int = 0

    def look(self, entries: Iterable[Entry]) -> None:
        """Decide again on what `entries` say was decided."""
        for entry in entries:
            event = understood(entry)
            if isinstance(event, AccessDecided):
                again = self._again(event, entry.gate)
                if again is None:
                    self.skipped += 1
                else:
                    self._compare(entry.sequence, event.decision, again)

    def _again(self, event: AccessDecided, gate: str) -> Decision | None:
        """The decision by this version; None where not all of what it rested on is held."""
        if self.held is None or self.held.version != event.registry:
            self.held = self.registry()
        held, known = self.held, event.circumstances
        if held is None or held.version != event.registry or known is None:
            return None
        named, situation = identified_by(event.evidence), event.situation(held.site, gate)
        subject = held.subjects.get(named) if named is not None and known.known else None
        if situation is None or (known.known and named is not None and subject is None):
            return None
        return decide(held.policy, subject, event.evidence, situation)

    def _compare(self, sequence: int, then: Decision, now: Decision) -> None:
        self.compared += 1
        if (then.outcome, then.reason) == (now.outcome, now.reason):
            return
        self.differing += 1
        kind = (then.outcome.value, then.reason.value, now.outcome.value, now.reason.value)
        if kind in self.differ:
            return
        if len(self.differ) < MOST_NAMED:
            self.differ[kind] = Difference(sequence, *kind)
        else:
            self.unnamed += 1


def _shadowed(configuration: GateConfiguration, seconds: float, pause: Callable[[float], None]) -> Shadow:
    shadow = Shadow(lambda: _registry(configuration))
    if configuration.journal.socket is None:
        return shadow
    channel = SocketChannel(configuration.journal.socket)
    try:
        _follow(channel, shadow, seconds, pause)
    except GateNotRunning:
        return shadow  # nothing to compare with: a gate that does not start may need just this version
    finally:
        channel.close()
    return shadow


def _follow(channel: JournalChannel, shadow: Shadow, seconds: float, pause: Callable[[float], None]) -> None:
    """Look at the newest decisions, and at those that come in `seconds`."""
    client = JournalClient(channel)
    newest = newest_of(client.ask(FeedRequest()))
    if newest is None:
        return
    epoch, last = newest
    read, ends = max(0, last - LOOKS_BACK), time.monotonic() + seconds
    while True:
        page = client.ask(FeedRequest(epoch, read, 100))
        shadow.look(page.entries)
        if page.entries:
            read = page.entries[-1].sequence
        elif time.monotonic() >= ends:
            return
        else:
            pause(_PAUSE)


def newest_of(page: Page) -> tuple[bytes, int] | None:
    """The epoch that is being written, and its newest event; None: there is none."""
    return (page.spans[-1].epoch, page.spans[-1].last) if page.spans else None


def _registry(configuration: GateConfiguration) -> Registry | None:
    """The registry that the gate holds, verified again."""
    section = configuration.registry
    keys = gate_keys_of(section, keep=False)
    anchor, gate = read_anchor(section.root_key), configuration.gate
    registry, _ = RegistryStore(section.folder, gate.site, anchor, keys, gate.id).load()
    return registry
