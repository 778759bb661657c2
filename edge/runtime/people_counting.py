"""The count of people of the gate that gate.toml describes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from edge.boards.format import Board
from edge.configuration import GateConfiguration
from edge.counting.counter import Counter
from edge.counting.exchange import CountExchange, CountsNews, correction_file
from edge.counting.projection import CountedLane
from edge.counting.recovery import STORE_NAME, anew, opened_store, restored
from edge.decision import Policy
from edge.errors import JournalError
from edge.journal.retrying import AnyJournal
from edge.lane.configuration import LaneDirection
from edge.lane.machine import BEAMS
from edge.runtime.machine import Machine
from edge.runtime.recognition import Holdings
from edge.support.storage import REAL_STORAGE, Storage


def start_counter(
    configuration: GateConfiguration,
    board: Board,
    journal: AnyJournal,
    holdings: Callable[[], Holdings | None],
    tell: Callable[[CountsNews], None],
    running: ExitStack,
    machine: Machine,
) -> Counter:
    """The count as the journal ends, for the caller to close; its files at work until `running` ends."""
    corrections = correction_file(configuration.journal.path)
    exchange = CountExchange(
        configuration.counts, configuration.gate.site, corrections, tell, machine.time.monotonic
    )
    counter = open_counter(configuration, board, journal, holdings, exchange, machine.storage)
    running.callback(machine.runner("counts", exchange.poll).stop)
    return counter


def open_counter(
    configuration: GateConfiguration,
    board: Board,
    journal: AnyJournal,
    holdings: Callable[[], Holdings | None],
    exchange: CountExchange | None = None,
    storage: Storage = REAL_STORAGE,
) -> Counter:
    """The counting of the gate that gate.toml describes, as its journal ends.

    A store that fails only costs the time to read the whole journal. Where that cannot be read either, the
    count begins anew, and says that it is unsure.
    """
    path = configuration.journal.path
    lane = lane_of(configuration, board)
    store, kept, persons = opened_store(path.with_name(STORE_NAME), storage)
    try:
        projection, position, unsure = restored(lane, path, journal.epoch, kept, persons, storage)
    except (JournalError, OSError) as error:
        projection, position, unsure = anew(lane, journal.epoch, str(error))

    def policy() -> Policy:
        held = holdings()
        return Policy() if held is None else held.registry.policy

    def groups(subject: str) -> frozenset[str]:
        held = holdings()
        known = None if held is None else held.registry.subjects.get(subject)
        return frozenset() if known is None else known.groups

    return Counter(lane, projection, position, store, exchange, policy, groups, unsure=unsure)


def lane_of(configuration: GateConfiguration, board: Board) -> CountedLane:
    """What of a gate's configuration the count rests on."""
    gate = configuration.gate
    way = None if gate.direction is LaneDirection.BOTH else configuration.direction
    return CountedLane(
        gate.site, gate.id, way, board.inputs.keys() >= BEAMS, configuration.counts.inbox is None
    )
