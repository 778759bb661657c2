"""Deliberately broken variants of the product, each with the checkers that are to notice, and under which
faults.

This is the one place where the product is patched: a mutant takes the place of one named function for the
time of a `with`. How many seeds each takes to be found is measured (docs/simulation.md).

Some mistakes are not here since no world shows them: that a declared loss is no finding at central, for one.
Noise on a small journal ends its log early; that it hits the middle of what central lacks, while more of that
survives behind it, is not met in a dozen worlds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from inspect import getattr_static
from typing import Any

from tests.simulation.mutations import of_the_gate, of_the_journal, of_the_readers, of_the_wire


@dataclass(frozen=True)
class Mutant:
    """`place` is MODULE:NAME, where the product looks the function up; `change` makes of it what stands there
    instead. `checkers` are the names of those, of which at least one has to object; `faults` is the preset
    of the faults under which that happens.
    """

    place: str
    change: Callable[[Any], Any]
    checkers: tuple[str, ...]
    faults: str

    @property
    def name(self) -> str:
        return self.change.__name__

    @property
    def says(self) -> str:
        """What the developer got wrong."""
        return (self.change.__doc__ or "").strip()


MUTANTS: Sequence[Mutant] = (
    # --- the journal ---------------------------------------------------------------------
    Mutant(
        "edge.journal.tables:_connected",
        of_the_journal.unsynced,
        ("sequences_once", "central_agrees", "convergence"),
        "cuts",
    ),
    Mutant(
        "edge.journal.store:Journal._newest",
        of_the_journal.newest_given_up_at_start,
        ("sequences_once", "central_agrees", "convergence"),
        "line-1",
    ),
    Mutant(
        "edge.journal.acknowledged:_acknowledged_up_to",
        of_the_journal.pruned_without_acknowledgement,
        ("nothing_pruned_unseen",),
        "outages",
    ),
    Mutant(
        "edge.journal.acknowledged:state_of",
        of_the_journal.hash_not_compared,
        ("nothing_pruned_unseen", "convergence"),
        "copies",
    ),
    Mutant(
        "edge.journal.store:Journal._begin_anew",
        of_the_journal.copy_goes_on,
        ("sequences_once", "convergence"),
        "copies",
    ),
    Mutant(
        "edge.journal.used:Uses.names",
        of_the_journal.used_pass_not_recorded,
        ("one_time_pass_opens_once",),
        "guests",
    ),
    Mutant(
        "edge.runtime.people_counting:restored",
        of_the_journal.count_begins_anew,
        ("count_is_people",),
        "line-1",
    ),
    # --- the gate ------------------------------------------------------------------------
    Mutant(
        "edge.runtime.decision_log:not_recorded",
        of_the_gate.unwritten_grant_stands,
        ("relay_has_cause",),
        "line-10",
    ),
    Mutant(
        "edge.runtime.deciding:decide",
        of_the_gate.alarms_dropped,
        ("isolation_is_alarmed",),
        "withdrawals",
    ),
    Mutant(
        "edge.runtime.deciding:decide",
        of_the_gate.unknown_let_in,
        ("only_who_has_a_right", "revoked_stay_out"),
        "withdrawals",
    ),
    Mutant(
        "edge.runtime.access_controller:AccessController.handle",
        of_the_gate.deaf_while_events_are_missed,
        ("never_stops_deciding",),
        "line-10",
    ),
    Mutant(
        "edge.runtime.registry_service:RegistryService._hold",
        of_the_gate.holdings_of_the_start,
        ("only_who_has_a_right", "revoked_stay_out"),
        "withdrawals",
    ),
    Mutant(
        "edge.registry.inbox:Inbox._urgent_revocations",
        of_the_gate.urgent_revocations_ignored,
        ("revoked_stay_out",),
        "urgent",
    ),
    Mutant(
        "edge.registry.store:RegistryStore._with_changes",
        of_the_gate.changes_not_read_at_start,
        ("registry_never_goes_back",),
        "line-1",
    ),
    Mutant(
        "edge.runtime.registry_service:RegistryService._look_at_expiry",
        of_the_gate.expiry_unnoticed,
        ("expiry_is_said",),
        "line-17",
    ),
    Mutant(
        "edge.decision.clock_trust:KnownTimes.floor",
        of_the_gate.floor_never_raised,
        ("wrong_clock_is_noticed",),
        "alone",
    ),
    Mutant(
        "edge.runtime.clock_watch:ClockWatch.receive",
        of_the_gate.floor_never_lowered,
        ("right_clock_is_believed",),
        "steps",
    ),
    Mutant(
        "edge.commands.handler:order_objection",
        of_the_gate.commands_taken_again,
        ("commands_are_done_once",),
        "replays",
    ),
    Mutant(
        "edge.lane.driver:LaneDriver._read_lines",
        of_the_gate.lines_by_their_edges_alone,
        ("safety_outranks",),
        "buttons",
    ),
    # --- scanners and keypads ------------------------------------------------------------
    Mutant(
        "edge.runtime.typed_numbers:TypedNumbers._read",
        of_the_readers.tries_forgotten_at_start,
        ("keypad_rests",),
        "keypads",
    ),
    Mutant(
        "edge.runtime.typed_numbers:TypedNumbers._read_as",
        of_the_readers.typed_once_told_twice,
        ("one_decision_a_scan",),
        "keypads",
    ),
    Mutant(
        "edge.scanners.core.framing:Frames.due",
        of_the_readers.half_a_code_waits,
        ("what_is_scanned_is_read",),
        "scanners",
    ),
    Mutant(
        "edge.scanners.watch:ScannerWatch.poll",
        of_the_readers.unplugged_for_good,
        ("never_stops_deciding",),
        "scanners",
    ),
    # --- the wire, and central -----------------------------------------------------------
    Mutant(
        "sync.agent.uploader:Uploader.open_conversation",
        of_the_wire.questions_survive_the_link,
        ("nothing_starves", "convergence"),
        "outages",
    ),
    Mutant(
        "sync.agent.core.question_schedule:QuestionSchedule.is_due",
        of_the_wire.hello_said_once,
        ("convergence", "revoked_stay_out"),
        "lossy",
    ),
    Mutant(
        "sync.agent.core.acknowledged_epochs:AcknowledgedEpochs.record",
        of_the_wire.less_is_old_news,
        ("convergence", "central_agrees"),
        "backups",
    ),
    Mutant(
        "sync.central.journals.ingester:Ingester.handle",
        of_the_wire.acknowledged_before_the_commit,
        ("acknowledged_is_there", "nothing_pruned_unseen"),
        "failing",
    ),
    Mutant(
        "sync.central.journals.journals:extend_prefix",
        of_the_wire.prefix_over_gaps,
        ("nothing_pruned_unseen", "convergence", "central_agrees"),
        "lossy",
    ),
    Mutant(
        "sync.central.journals.chains:chain_of",
        of_the_wire.chain_by_device_alone,
        ("central_agrees", "convergence", "nothing_starves"),
        "copies",
    ),
    Mutant(
        "sync.central.journals.journals:used_before",
        of_the_wire.second_use_not_found,
        ("one_time_pass_opens_once",),
        "guests",
    ),
)


@contextmanager
def mutated(names: Iterable[str]) -> Iterator[None]:
    """The product with those mutants in it. Raises KeyError for a name that there is none of."""
    known = {mutant.name: mutant for mutant in MUTANTS}
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(_changed(known[name]))
        yield


@contextmanager
def _changed(mutant: Mutant) -> Iterator[None]:
    owner, attribute, found = place_of(mutant)
    setattr(owner, attribute, mutant.change(found))
    try:
        yield
    finally:
        setattr(owner, attribute, found)


def place_of(mutant: Mutant) -> tuple[Any, str, Any]:
    """Who has the function that a mutant changes, by which name, and the function as it is now."""
    module, _, path = mutant.place.partition(":")
    *owners, attribute = path.split(".")
    owner: Any = import_module(module)
    for name in owners:
        owner = getattr(owner, name)
    return owner, attribute, getattr_static(owner, attribute)
