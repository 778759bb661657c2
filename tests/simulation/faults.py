"""The fault model: how often each fault comes, how long it lasts, how strong it is. One struct of options.

A preset is a `Faults` by name. `everything` is all of them at once; the others are parts of it, so that a
number is said once (tests/simulation/presets.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from tests.simulation.day import VISITS_PER_GATE_HOUR
from tests.simulation.plan import Act, Fault

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

OUTAGES = (5.0, 89.0, 91.0, 10 * MINUTE)
"""Seconds: one before, one after the silence that ends a link, and what is shorter and longer than each."""
RARE_OUTAGES = (*OUTAGES, *OUTAGES, HOUR, 14 * HOUR)
"""The longest one is longer than a registry may age before the policy degrades the gates (site.py)."""
_SHARES = (0.01, 0.1, 0.5)
_WRITES = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 55.0, 144.0)
_AGES = (MINUTE, 20 * MINUTE, 3 * HOUR, 2 * DAY)
_STEPS = (-DAY, -HOUR, -2.0, 2.0, HOUR, DAY, 73 * 365 * DAY)
"""Seconds; the last one is a start in 2099."""


class Option(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`per_hour` is how often it comes, for each of its targets; `seconds` are the lengths of which one is
    drawn, and `values` the strengths, in the unit that plan.py gives for the kind.
    """

    per_hour: float = 0.0
    seconds: tuple[float, ...] = (0.0,)
    values: tuple[float, ...] = (0.0,)


NEVER = Option()


class Faults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a world goes wrong: a field for each kind of `plan.Fault`, and what holds for all of them."""

    # --- all of them -------------------------------------------------------------------------
    takes_part: float = 1.0
    """The share of worlds in which a kind takes part: worlds that differ find more than one mixture does."""
    intensities: tuple[float, ...] = (1.0,)
    """A world draws one of these; all its rates are so many times as high."""
    followed: float = 0.0
    """The share of faults that another one follows at the same target while it is recovering."""
    followed_within: float = 2 * MINUTE
    """Seconds from a fault's end to the begin of the one that follows it, at most."""
    hours_at_least: float = 0.0
    """A world is no shorter, so that the longest fault has room."""
    gates_at_least: int = 0
    """A site has no fewer gates, so that two lead in."""
    visits_per_gate_hour: float = VISITS_PER_GATE_HOUR
    revocations_a_day: float = 2.0
    """How many people a day leave, ordinarily and urgently together."""
    statuses_a_day: float = 6.0
    """How many times a day somebody becomes red, green or isolated."""
    publications_a_day: float = 6.0
    commands_a_day: float = 4.0
    rotations_a_day: float = 0.5
    """How many times a day a key is replaced."""
    scanner_share: float = 0.0
    """The share of gates that have no camera, but a scanner and a keypad."""
    # --- the network and the broker ----------------------------------------------------------
    link_lost: Option = NEVER
    link_away: Option = NEVER
    link_refused: Option = NEVER
    link_slow: Option = NEVER
    messages_doubled: Option = NEVER
    messages_lost: Option = NEVER
    messages_reordered: Option = NEVER
    messages_corrupted: Option = NEVER
    messages_replayed: Option = NEVER
    broker_killed: Option = NEVER
    acl_revoked: Option = NEVER
    # --- a gate's computer -------------------------------------------------------------------
    gate_killed: Option = NEVER
    sync_killed: Option = NEVER
    power_cut: Option = NEVER
    card_full: Option = NEVER
    card_read_only: Option = NEVER
    card_fails: Option = NEVER
    card_noise: Option = NEVER
    card_restored: Option = NEVER
    card_cloned: Option = NEVER
    state_file_damaged: Option = NEVER
    clock_stepped: Option = NEVER
    clock_drifts: Option = NEVER
    clock_unset: Option = NEVER
    # --- a lane ------------------------------------------------------------------------------
    camera_gone: Option = NEVER
    edge_lost: Option = NEVER
    button_held: Option = NEVER
    button_bounces: Option = NEVER
    fire: Option = NEVER
    codes_flood: Option = NEVER
    # --- central -----------------------------------------------------------------------------
    ingester_killed: Option = NEVER
    ingester_older: Option = NEVER
    central_away: Option = NEVER
    central_restored: Option = NEVER
    central_twice: Option = NEVER
    database_fails: Option = NEVER
    # --- somebody with a key -----------------------------------------------------------------
    old_manifest: Option = NEVER
    junk_published: Option = NEVER
    key_stolen: Option = NEVER
    commands_replayed: Option = NEVER
    # --- a cable of a gate without a camera --------------------------------------------------
    readers_unplugged: Option = NEVER
    scanner_junk: Option = NEVER
    keypad_guessed: Option = NEVER
    key_stuck: Option = NEVER

    def option(self, fault: Fault) -> Option:
        """What is said of one kind."""
        found: Option = getattr(self, fault.value)
        return found


EVERYTHING = Faults(
    takes_part=0.5,
    intensities=(0.1, 0.3, 1.0),
    followed=0.3,
    scanner_share=0.2,
    link_lost=Option(0.1),
    link_away=Option(0.1, RARE_OUTAGES),
    link_refused=Option(0.03, OUTAGES),
    link_slow=Option(0.03, OUTAGES, (0.2, 2.0, 9.0, 20.0)),
    messages_doubled=Option(0.03, OUTAGES, _SHARES),
    messages_lost=Option(0.03, OUTAGES, _SHARES),
    messages_reordered=Option(0.03, OUTAGES, _SHARES),
    messages_corrupted=Option(0.03, OUTAGES, _SHARES),
    messages_replayed=Option(0.02),
    broker_killed=Option(0.05, (1.0, *OUTAGES)),
    acl_revoked=Option(0.01, OUTAGES),
    gate_killed=Option(0.08, values=_WRITES),
    sync_killed=Option(0.08, values=_WRITES),
    power_cut=Option(0.08, (1.0, *OUTAGES, HOUR)),
    card_full=Option(0.02, OUTAGES),
    card_read_only=Option(0.02, OUTAGES),
    card_fails=Option(0.02, OUTAGES),
    card_noise=Option(0.01),
    card_restored=Option(0.01, values=_AGES),
    card_cloned=Option(0.01, (10 * MINUTE, HOUR)),
    state_file_damaged=Option(0.03),
    clock_stepped=Option(0.02, values=_STEPS),
    clock_drifts=Option(0.01, values=(-1e-3, -5e-5, 5e-5, 1e-3)),
    clock_unset=Option(0.02, OUTAGES),
    camera_gone=Option(0.03, OUTAGES),
    edge_lost=Option(0.02, (5.0, 89.0)),
    button_held=Option(0.05, (0.5, 5.0, 40.0)),
    button_bounces=Option(0.05),
    fire=Option(0.02, (5.0, 5 * MINUTE)),
    codes_flood=Option(0.01, (20.0, 89.0), (60.0, 600.0)),
    ingester_killed=Option(0.05, (1.0, *OUTAGES)),
    ingester_older=Option(0.01, OUTAGES),
    central_away=Option(0.03, RARE_OUTAGES),
    central_restored=Option(0.02, values=_AGES),
    central_twice=Option(0.01, OUTAGES),
    database_fails=Option(0.03, OUTAGES),
    old_manifest=Option(0.05),
    junk_published=Option(0.03),
    key_stolen=Option(0.02, OUTAGES),
    commands_replayed=Option(0.05),
    readers_unplugged=Option(0.1, (0.5, *OUTAGES)),
    scanner_junk=Option(0.3),
    keypad_guessed=Option(0.1, values=(1.0, 4.0, 5.0, 12.0)),
    key_stuck=Option(0.03, (5.0, 89.0)),
)
"""What `make simulate` plays: about one fault in two gate-hours, in the mean of many worlds."""

CALM = Faults()


def only(faults: Iterable[Fault], often: float = 4.0) -> Faults:
    """These kinds as in `everything`, in each world, and so many times as often."""
    return with_options({fault: _more(EVERYTHING.option(fault), often) for fault in faults})


def with_options(options: Mapping[Fault, Option], base: Faults = CALM) -> Faults:
    return msgspec.structs.replace(base, **{fault.value: option for fault, option in options.items()})


def _more(option: Option, often: float) -> Option:
    return msgspec.structs.replace(option, per_hour=option.per_hour * often)


def played(faults: Faults) -> frozenset[Fault]:
    """The kinds that may happen."""
    return frozenset(fault for fault in Fault if faults.option(fault).per_hour > 0)


def acts_a_day(faults: Faults) -> Mapping[Act, float]:
    """How many times a day central's people do each act."""
    return {
        Act.PUBLISH: faults.publications_a_day,
        Act.REVOKE: faults.revocations_a_day / 2,
        Act.REVOKE_URGENTLY: faults.revocations_a_day / 2,
        Act.TURN_RED: faults.statuses_a_day / 3,
        Act.TURN_GREEN: faults.statuses_a_day / 3,
        Act.ISOLATE: faults.statuses_a_day / 3,
        Act.COMMAND_OPEN: faults.commands_a_day / 2,
        Act.COMMAND_MODE: faults.commands_a_day / 2,
        Act.ROTATE_REGISTRY_KEY: faults.rotations_a_day * 2 / 3,
        Act.ROTATE_ROOT_KEY: faults.rotations_a_day / 3,
    }
