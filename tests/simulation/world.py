"""A world: all that a plan has in it, played in one thread to its end, and watched by the checkers."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from pathlib import Path
from random import Random

from edge.boards.files import load_board
from tests.simulation import gate_faults, network_faults
from tests.simulation.card import Card
from tests.simulation.card_watch import events_in
from tests.simulation.centre import SimulatedCentre
from tests.simulation.checkers import Rules, every_checker
from tests.simulation.computer import Computer
from tests.simulation.gate_faults import GATE_FAULTS, Ground
from tests.simulation.lane_world import LaneWorld
from tests.simulation.mutants import mutated
from tests.simulation.network import SimulatedNetwork
from tests.simulation.network_faults import NETWORK_FAULTS
from tests.simulation.observations import (
    CLONE,
    Acknowledged,
    AtCentral,
    Began,
    Calm,
    CardChanged,
    Copied,
    Ended,
    Linked,
    Observation,
    Over,
    Stored,
    Violation,
)
from tests.simulation.people import People
from tests.simulation.plan import Act, ActEvent, Fault, FaultEvent, Plan
from tests.simulation.readers import Readers
from tests.simulation.result import Result
from tests.simulation.scheduler import Scheduler
from tests.simulation.site import BEGINS, found_site
from tests.simulation.site_files import write_gate

_LINKS_LOOKED_AT_EVERY = 30.0
_HASH = re.compile("[0-9a-f]{64}")
_LINES_READ, _LINES_READ_WITHOUT_EDGES = 600.0, 2.0
"""Seconds between two readings of a lane's lines: every edge is delivered, unless the plan loses some."""
_ENOUGH = 20
"""Violations after which a world is not played on."""
_FIRST_ACT = ActEvent(0.5, Act.PUBLISH)
_FIRST_BOOT = 1.0
_JUST_BEFORE = 0.001
"""Seconds: what happens at the same time comes in any order, and a card is copied before it is put back."""


def play(plan: Plan, mutants: tuple[str, ...] = ()) -> Result:
    """Play a plan, with the product as it is or with those parts of it broken."""
    folder = Path(tempfile.mkdtemp(prefix="world-"))
    try:
        with mutated(mutants), ExitStack() as ending:
            world = World(plan, folder, ending)
            return world.played()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class World:
    """One site, its centre and what lies between, as a plan has them."""

    def __init__(self, plan: Plan, folder: Path, ending: ExitStack) -> None:
        self._plan = plan
        self._folder = folder
        self._ending = ending
        self._scheduler = Scheduler(plan.seed)
        self._random = Random(f"{plan.seed} world")
        self._site = found_site(plan.seed, plan.town)
        rules = Rules(
            begin=BEGINS.timestamp(),
            close_after=self._site.staleness.close_after,
            degrade_after=self._site.staleness.degrade_after,
            lines_read_every=self._lines_read_every(),
        )
        self._watch = every_checker(rules)
        self._violations: list[Violation] = []
        self._faults: Counter[str] = Counter()
        self._digest = blake2b(digest_size=16)
        self._linked: dict[str, bool] = {}
        self._clones = 0
        self._people: People | None = None
        self._network = SimulatedNetwork(self._scheduler, plan.seed)
        self._network.watch = lambda *_: self._look_at_links()
        for standing in self._site.standings():
            self._tell(standing)
        (folder / "central").mkdir()
        self._centre = SimulatedCentre(
            folder / "central", self._scheduler, self._network, self._site, plan.seed, self._tell
        )
        ending.callback(self._centre.close)
        self._computers: dict[str, Computer] = {}
        for gate in plan.town.gates:
            write_gate(self._site, gate, folder / gate)
            self._computers[gate] = self._computer(gate, Card(folder / gate, self._seed(gate), self._now))
        self._ground = Ground(self._scheduler, self._computers, {}, plan.calm_from, self._clone)

    def played(self) -> Result:
        """Play it to its end."""
        self._begin()
        seconds = 3600.0 * self._plan.hours
        self._scheduler.run(seconds, self._is_enough)
        self._tell(Over(seconds))
        played = self._scheduler.now / 3600.0 * len(self._plan.town.gates)
        return Result(
            tuple(self._violations[:_ENOUGH]),
            played,
            dict(sorted(self._faults.items())),
            self._scheduler.steps,
            self._digest.hexdigest(),
        )

    # --- the begin -------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._centre.expect(self._plan.faults)
        for device, computer in self._computers.items():
            self._tell(CardChanged(self._now(), device, "new"))
            self._scheduler.at(_FIRST_BOOT, computer.boot)
        people = self._people = People(self._scheduler, self._site, self._computers.values(), self._tell)
        people.expect(self._plan.visits)
        for act in (_FIRST_ACT, *self._plan.acts):
            self._scheduler.at(act.at, partial(self._centre.act, act))
        for number, event in enumerate(self._plan.faults):
            self._expect(number, event)
        self._scheduler.at(self._plan.calm_from, lambda: self._tell(Calm(self._now())))
        self._scheduler.task(self._look_now_and_again)

    def _expect(self, number: int, event: FaultEvent) -> None:
        if event.fault is Fault.CARD_RESTORED:
            at = max(_FIRST_BOOT + 60.0, event.at - event.value)
            self._scheduler.at(min(at, event.at - _JUST_BEFORE), lambda: self._copy_card(event))
        self._scheduler.at(event.at, lambda: self._begin_fault(number, event))

    def _copy_card(self, event: FaultEvent) -> None:
        self._ground.copies[event] = self._computers[event.target].card.snapshot()

    # --- faults ------------------------------------------------------------------------------------

    def _begin_fault(self, number: int, event: FaultEvent) -> None:
        self._faults[event.fault.value] += 1
        self._tell(Began(self._now(), number, event.fault.value, event.target))
        if event.fault in NETWORK_FAULTS:
            end = network_faults.begin(self._network, event)
        elif event.fault in GATE_FAULTS:
            end = gate_faults.begin(self._ground, event)
        else:
            end = self._centre.begin(event)

        def over() -> None:
            end()
            self._tell(Ended(self._now(), number, event.fault.value, event.target))
            self._look_at_links()

        self._look_at_links()
        if event.seconds:
            self._scheduler.after(event.seconds, over)
        else:
            over()

    def _clone(self, event: FaultEvent) -> Callable[[], None]:
        """Another computer with a copy of this card, and nobody before its lane."""
        self._clones += 1
        device = f"{event.target}{CLONE}{self._clones + 1}"
        original = self._computers[event.target]
        folder = self._folder / device
        card = original.card.clone(folder, self._seed(device))
        for found in events_in(card.snapshot().files):
            self._tell(Copied(self._now(), event.target, *found))
        copy = self._computer(device, card, event.target)
        copy.card_changed(event.fault.value)
        copy.boot()

        def end() -> None:
            copy.cut_power(Random(event.seed))
            copy.close()

        return end

    # --- what is so ----------------------------------------------------------------------------------

    def _look_now_and_again(self) -> float:
        self._look_at_links()
        return self._now() + _LINKS_LOOKED_AT_EVERY

    def _look_at_links(self) -> None:
        serves = self._centre.works
        for device in self._computers:
            linked = serves and self._network.reaches(device)
            if linked is not self._linked.get(device, False):
                self._linked[device] = linked
                self._tell(Linked(self._now(), device, linked))

    # --- inside --------------------------------------------------------------------------------------

    def _computer(self, device: str, card: Card, gate: str = "") -> Computer:
        board = load_board(self._site.board(gate or device))
        lane = LaneWorld(device, board, self._scheduler, self._tell)
        made = Computer(
            device,
            card,
            lane,
            self._scheduler,
            self._network,
            self._heard,
            self._tell,
            Random(self._seed(f"{device} computer")),
            self._lines_read_every(),
            self._readers(device, gate or device),
        )
        self._ending.callback(made.close)
        return made

    def _readers(self, device: str, gate: str) -> Readers | None:
        if gate not in self._plan.town.scanners:
            return None
        shape, random = self._site.shape(gate), Random(self._seed(f"{device} readers"))
        return Readers(device, shape, self._scheduler, self._tell, random)

    def _lines_read_every(self) -> float:
        loses_edges = any(event.fault is Fault.EDGE_LOST for event in self._plan.faults)
        return _LINES_READ_WITHOUT_EDGES if loses_edges else _LINES_READ

    def _heard(self, device: str, happened: object) -> None:
        if self._people is not None and device in self._computers:
            self._people.heard(device, happened)  # type: ignore[arg-type]

    def _tell(self, observation: Observation) -> None:
        self._digest.update(_without_hashes(observation).encode())
        self._violations += self._watch.observe(observation)

    def _is_enough(self) -> bool:
        return len(self._violations) >= _ENOUGH

    def _now(self) -> float:
        return self._scheduler.now

    def _seed(self, name: str) -> int:
        return Random(f"{self._plan.seed} {name}").getrandbits(64)


def _without_hashes(observation: Observation) -> str:
    """The same wherever the world's folder lies: a gate's first event has the hash of its configuration, with
    all its paths, and every hash after that follows from it.
    """
    if isinstance(observation, Stored | Acknowledged | AtCentral):
        observation = replace(observation, hash=b"")
    return _HASH.sub("", repr(observation))
