"""Faults by name: a part of `everything` each, one for each line of the list of faults that a simulated world
can have; and which lines it cannot have, and why.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tests.simulation.faults import (
    CALM,
    DAY,
    EVERYTHING,
    HOUR,
    MINUTE,
    OUTAGES,
    Faults,
    Option,
    only,
    with_options,
)
from tests.simulation.plan import Fault

MONTH = 30 * DAY
_UNTIL_EXPIRED = 2.5 * DAY
"""Longer than any registry of a simulated site lasts (site.py)."""
_LATE = (Fault.MESSAGES_LOST, Fault.MESSAGES_DOUBLED, Fault.MESSAGES_REORDERED, Fault.MESSAGES_REPLAYED)
_GROUPS = {
    "network": (
        Fault.LINK_LOST, Fault.LINK_AWAY, Fault.LINK_REFUSED, Fault.LINK_SLOW, Fault.MESSAGES_CORRUPTED,
        Fault.BROKER_KILLED, Fault.ACL_REVOKED, *_LATE,
    ),
    "cards": (
        Fault.GATE_KILLED, Fault.SYNC_KILLED, Fault.POWER_CUT, Fault.CARD_FULL, Fault.CARD_READ_ONLY,
        Fault.CARD_FAILS, Fault.CARD_NOISE, Fault.CARD_RESTORED, Fault.CARD_CLONED,
        Fault.STATE_FILE_DAMAGED,
    ),
    "clocks": (
        Fault.CLOCK_STEPPED, Fault.CLOCK_DRIFTS, Fault.CLOCK_UNSET, Fault.POWER_CUT, Fault.LINK_AWAY,
    ),
    "lanes": (
        Fault.CAMERA_GONE, Fault.EDGE_LOST, Fault.BUTTON_HELD, Fault.BUTTON_BOUNCES, Fault.FIRE,
        Fault.CODES_FLOOD, Fault.GATE_KILLED,
    ),
    "central": (
        Fault.INGESTER_KILLED, Fault.INGESTER_OLDER, Fault.CENTRAL_AWAY, Fault.CENTRAL_RESTORED,
        Fault.CENTRAL_TWICE, Fault.DATABASE_FAILS,
    ),
    "keys": (
        Fault.OLD_MANIFEST, Fault.JUNK_PUBLISHED, Fault.KEY_STOLEN, Fault.COMMANDS_REPLAYED,
    ),
}  # fmt: skip


def _away(fault: Fault, seconds: float) -> Faults:
    """As soon as one is over the next one begins, up to the calm: one long outage for each target."""
    return msgspec.structs.replace(
        with_options({fault: Option(1.0, (seconds,))}), hours_at_least=seconds / 3600 + 24
    )


def _with_acts(faults: Faults, publications_a_day: float = 24.0, rotations_a_day: float = 2.0) -> Faults:
    return msgspec.structs.replace(
        faults, publications_a_day=publications_a_day, rotations_a_day=rotations_a_day
    )


LINES: Mapping[int, Faults] = {
    1: only([Fault.GATE_KILLED, Fault.SYNC_KILLED]),
    2: only([Fault.POWER_CUT]),
    3: only([Fault.BROKER_KILLED], often=20),
    4: only([Fault.INGESTER_KILLED], often=20),
    5: only(_LATE, often=10),
    6: only([Fault.MESSAGES_CORRUPTED, Fault.KEY_STOLEN], often=10),
    7: _away(Fault.LINK_AWAY, MONTH),
    8: only([Fault.CENTRAL_AWAY, Fault.LINK_AWAY], often=10),
    9: only([Fault.ACL_REVOKED], often=20),
    10: only([Fault.CARD_FULL], often=10),
    11: only([Fault.CARD_FAILS], often=10),
    12: only([Fault.CARD_NOISE], often=10),
    14: only([Fault.CARD_RESTORED], often=10),
    15: only([Fault.CARD_CLONED], often=10),
    16: only([Fault.OLD_MANIFEST]),
    17: _with_acts(_away(Fault.CENTRAL_AWAY, _UNTIL_EXPIRED), publications_a_day=0.0),
    18: _with_acts(
        only([Fault.MESSAGES_DOUBLED, Fault.MESSAGES_REORDERED, Fault.MESSAGES_REPLAYED], often=10)
    ),
    19: _with_acts(
        only([Fault.POWER_CUT, Fault.SYNC_KILLED, Fault.LINK_LOST, Fault.MESSAGES_LOST], often=10)
    ),
    20: _with_acts(only([Fault.MESSAGES_CORRUPTED, Fault.JUNK_PUBLISHED], often=20)),
    22: only([Fault.JUNK_PUBLISHED], often=20),
    23: _with_acts(only([Fault.LINK_AWAY]), rotations_a_day=8.0),
    24: only([Fault.CLOCK_UNSET, Fault.POWER_CUT, Fault.LINK_AWAY]),
    25: only([Fault.CLOCK_STEPPED], often=20),
    26: only([Fault.LINK_AWAY], often=10),
    27: only([Fault.GATE_KILLED, Fault.FIRE, Fault.BUTTON_HELD], often=10),
    29: only(
        [Fault.BUTTON_HELD, Fault.GATE_KILLED, Fault.POWER_CUT, Fault.CARD_FULL, Fault.CARD_READ_ONLY],
        often=10,
    ),
    30: only([Fault.BUTTON_BOUNCES], often=20),
    31: only([Fault.CAMERA_GONE, Fault.BUTTON_HELD], often=10),
    32: only([Fault.CODES_FLOOD], often=20),
    33: only([Fault.LINK_AWAY, Fault.LINK_SLOW, Fault.MESSAGES_LOST], often=10),
    34: only([Fault.BROKER_KILLED, Fault.CENTRAL_AWAY], often=10),
    35: only([Fault.KEY_STOLEN], often=20),
    38: only([Fault.CAMERA_GONE], often=20),
    39: with_options(
        {
            fault: Option(0.5, OUTAGES)
            for fault in (
                Fault.LINK_AWAY,
                Fault.LINK_REFUSED,
                Fault.BROKER_KILLED,
                Fault.CENTRAL_AWAY,
                Fault.DATABASE_FAILS,
            )
        }
    ),
    40: only([Fault.MESSAGES_CORRUPTED, Fault.JUNK_PUBLISHED], often=10),
    41: only([Fault.STATE_FILE_DAMAGED], often=10),
    42: only([Fault.CARD_READ_ONLY, Fault.CARD_FULL, Fault.POWER_CUT, Fault.BUTTON_HELD], often=10),
    43: only([Fault.CLOCK_STEPPED, Fault.CLOCK_UNSET, Fault.CLOCK_DRIFTS], often=10),
    46: only([Fault.JUNK_PUBLISHED, Fault.KEY_STOLEN, Fault.MESSAGES_REPLAYED], often=20),
    47: only([Fault.CARD_CLONED, Fault.KEY_STOLEN], often=10),
    51: only([*_LATE, Fault.LINK_SLOW], often=10),
    53: only(
        [Fault.INGESTER_KILLED, Fault.BROKER_KILLED, Fault.DATABASE_FAILS, Fault.CENTRAL_RESTORED], often=10
    ),
    54: EVERYTHING,
}
"""The lines of the list of faults that a simulated world can have, by number. How many gates a world has is
its town's affair (34), what people show its visits' (26).
"""

LEFT_OUT: Mapping[int, str] = {
    13: "an event edited in place, with its page whole: tests/edge/journal/test_store.py edits each",
    21: "a template that is none: a record's check, tests/edge/registry/templates/test_vectors.py",
    28: "a loop that hangs: the world's one thread would hang too; tests/edge/runtime/test_gate_at_work.py",
    36: "a certificate's end: the simulated network has no TLS",
    37: "no configuration is pushed: nothing in the product receives one",
    44: "another user's locks and FIFOs on real files: it needs two processes",
    45: "the worker's confinement: the kernel keeps it, tests/edge/vision/worker/test_taken_over_worker.py",
    48: "values of the right shape that are impossible: a table for each format, without a world",
    49: "a staff's console: there is none",
    50: "operators of one database: there is one desk in a world",
    52: "an update's steps: nothing in the product installs one",
}

STORMS: Mapping[str, Faults] = {
    "lossy": msgspec.structs.replace(
        with_options(
            {
                Fault.MESSAGES_LOST: Option(0.5, (10 * MINUTE, HOUR), (0.3, 0.9)),
                Fault.MESSAGES_DOUBLED: Option(0.5, (10 * MINUTE, HOUR), (0.9,)),
                Fault.MESSAGES_REORDERED: Option(0.5, (10 * MINUTE, HOUR), (0.5,)),
            }
        ),
        publications_a_day=48.0,
        commands_a_day=96.0,
    ),
    "cuts": with_options({Fault.POWER_CUT: Option(3.0, (1.0,))}),
    "backups": with_options({Fault.CENTRAL_RESTORED: Option(0.3, values=(MINUTE, 20 * MINUTE, 3 * HOUR))}),
    "copies": with_options({Fault.CARD_RESTORED: Option(0.3, values=(20 * MINUTE, 3 * HOUR))}),
    "buttons": with_options({Fault.EDGE_LOST: Option(3.0, (89.0,)), Fault.BUTTON_HELD: Option(6.0, (5.0,))}),
    "steps": with_options(
        {
            Fault.CLOCK_STEPPED: Option(0.2, values=(-DAY, -HOUR, HOUR, DAY)),
            Fault.LINK_AWAY: Option(0.2, (HOUR, 6 * HOUR)),
        }
    ),
    "outages": with_options(
        {
            Fault.LINK_AWAY: Option(0.2, (HOUR, 6 * HOUR)),
            Fault.CENTRAL_AWAY: Option(0.3, (10 * MINUTE, HOUR)),
            Fault.GATE_KILLED: Option(0.5, values=(1.0, 5.0, 21.0)),
        }
    ),
    "failing": with_options(
        {
            Fault.DATABASE_FAILS: Option(0.1, (10 * MINUTE,)),
            Fault.INGESTER_KILLED: Option(4.0, (5 * MINUTE,), (1.0,)),
        }
    ),
    "alone": with_options(
        {
            Fault.CLOCK_STEPPED: Option(0.5, values=(-HOUR,)),
            Fault.LINK_AWAY: Option(1.0, (6 * HOUR,)),
            Fault.GATE_KILLED: Option(1.0, values=(1.0,)),
        }
    ),
    "guests": msgspec.structs.replace(
        with_options({Fault.LINK_LOST: Option(0.1)}), visits_per_gate_hour=12.0, gates_at_least=3
    ),
    "replays": msgspec.structs.replace(
        with_options({Fault.COMMANDS_REPLAYED: Option(30.0)}), commands_a_day=96.0
    ),
    "urgent": msgspec.structs.replace(
        with_options({Fault.LINK_LOST: Option(0.1)}),
        revocations_a_day=24.0,
        statuses_a_day=0.0,
        publications_a_day=0.0,
    ),
    "scanners": msgspec.structs.replace(
        with_options(
            {
                Fault.READERS_UNPLUGGED: Option(1.0, (0.5, 5.0, 89.0)),
                Fault.SCANNER_JUNK: Option(4.0),
                Fault.KEYPAD_GUESSED: Option(0.5, values=(1.0, 4.0, 5.0, 12.0)),
                Fault.KEY_STUCK: Option(0.3, (5.0, 40.0)),
                Fault.CODES_FLOOD: Option(0.1, (20.0,), (600.0,)),
                Fault.GATE_KILLED: Option(1.0, values=(1.0, 2.0, 5.0)),
                Fault.POWER_CUT: Option(0.3, (1.0,)),
            }
        ),
        scanner_share=1.0,
        visits_per_gate_hour=12.0,
    ),
    "keypads": msgspec.structs.replace(
        with_options(
            {
                Fault.KEYPAD_GUESSED: Option(1.0, values=(5.0, 6.0)),
                Fault.GATE_KILLED: Option(0.1, values=(1.0,)),
            }
        ),
        followed=0.8,
        followed_within=40.0,
        scanner_share=1.0,
    ),
    "withdrawals": msgspec.structs.replace(
        with_options({Fault.LINK_LOST: Option(0.1)}), revocations_a_day=12.0, statuses_a_day=48.0
    ),
}
"""A few kinds, far oftener than in `everything`: what is seldom met is met in a world of some hours."""

PRESETS: Mapping[str, Faults] = {
    "calm": CALM,
    **{name: only(faults) for name, faults in _GROUPS.items()},
    **STORMS,
    "everything": EVERYTHING,
    "fleet-returns": msgspec.structs.replace(
        _away(Fault.BROKER_KILLED, MONTH),
        power_cut=EVERYTHING.power_cut,
        gate_killed=EVERYTHING.gate_killed,
    ),
    **{f"line-{number}": faults for number, faults in LINES.items()},
}
