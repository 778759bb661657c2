"""What will happen in a world: drawn from a seed, written down, and so made smaller when it fails.

Times are seconds of true time from the world's begin. Each thing that happens has a seed of its own for the
choices within it: taking one away changes nothing of the others.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import msgspec


class Fault(StrEnum):
    """What goes wrong. `target` of its `FaultEvent` is a device, an ingester, or empty (central, the broker).

    `seconds` is how long it lasts; what happens in one moment has none. `value` is explained at each.
    """

    # --- the network and the broker ----------------------------------------------------------
    LINK_LOST = "link_lost"  # the connection ends; a new one can be made at once
    LINK_AWAY = "link_away"  # packets vanish for `seconds`; neither end is told
    LINK_REFUSED = "link_refused"  # connecting is refused for `seconds`
    LINK_SLOW = "link_slow"  # `value` seconds of delay on each message, for `seconds`
    MESSAGES_DOUBLED = "messages_doubled"  # a share `value` of the messages comes twice, for `seconds`
    MESSAGES_LOST = "messages_lost"  # a share `value` is taken by the broker and goes nowhere
    MESSAGES_REORDERED = "messages_reordered"  # a share `value` comes later than what followed it
    MESSAGES_CORRUPTED = "messages_corrupted"  # a share `value` has one byte changed
    MESSAGES_REPLAYED = "messages_replayed"  # what was recorded in the last hour is said again, shuffled
    BROKER_KILLED = "broker_killed"  # everybody's link ends; it is back after `seconds`
    ACL_REVOKED = "acl_revoked"  # the broker refuses the device's publications for `seconds`
    # --- a gate's computer -------------------------------------------------------------------
    GATE_KILLED = "gate_killed"  # kill -9 of the gate process, at its `value`-th write from now on
    SYNC_KILLED = "sync_killed"  # the same of the sync process
    POWER_CUT = "power_cut"  # both, and the card keeps what was synced; `seconds` without power
    CARD_FULL = "card_full"  # ENOSPC for `seconds`
    CARD_READ_ONLY = "card_read_only"  # EROFS for `seconds`
    CARD_FAILS = "card_fails"  # EIO from every sync for `seconds`
    CARD_NOISE = "card_noise"  # 4 kB of noise in the middle of the journal's file, then a restart
    CARD_RESTORED = "card_restored"  # the card is put back as it was `value` seconds ago, after a power cut
    CARD_CLONED = "card_cloned"  # a second computer starts from a copy of this card, for `seconds`
    STATE_FILE_DAMAGED = "state_file_damaged"  # a state file is emptied, cut or has one byte changed; restart
    CLOCK_STEPPED = "clock_stepped"  # the wall clock is set by `value` seconds
    CLOCK_DRIFTS = "clock_drifts"  # it runs `value` s/s fast from now on
    CLOCK_UNSET = "clock_unset"  # a restart in 1970, without a time server for `seconds`
    # --- a lane ------------------------------------------------------------------------------
    CAMERA_GONE = "camera_gone"  # no sightings for `seconds`
    EDGE_LOST = "edge_lost"  # changes of the wires make no edge for `seconds`: only reading finds them
    BUTTON_HELD = "button_held"  # the exit button is held for `seconds`
    BUTTON_BOUNCES = "button_bounces"  # 50 edges in 20 ms
    FIRE = "fire"  # the fire input is active for `seconds`
    CODES_FLOOD = "codes_flood"  # `value` different codes a minute for `seconds`
    # --- central -----------------------------------------------------------------------------
    INGESTER_KILLED = (
        "ingester_killed"  # at any commit, or (`value` 1) at one of events; back after `seconds`
    )
    INGESTER_OLDER = "ingester_older"  # an ingester of an older version beside it for `seconds`
    CENTRAL_AWAY = "central_away"  # every ingester stands for `seconds`
    CENTRAL_RESTORED = "central_restored"  # the database is put back as it was `value` seconds ago
    CENTRAL_TWICE = "central_twice"  # two processes with one id connect for `seconds`
    DATABASE_FAILS = "database_fails"  # every transaction fails for `seconds`
    # --- somebody with a key -----------------------------------------------------------------
    OLD_MANIFEST = "old_manifest"  # an older registry is announced again
    JUNK_PUBLISHED = "junk_published"  # noise, empty and 64 kB payloads on every topic of the device
    KEY_STOLEN = (
        "key_stolen"  # the device's certificate is used by another, with its client id, for `seconds`
    )
    COMMANDS_REPLAYED = "commands_replayed"  # every command so far is said again
    # --- a cable of a gate without a camera ----------------------------------------------------
    READERS_UNPLUGGED = "readers_unplugged"  # scanner and keypad are off their cables for `seconds`
    SCANNER_JUNK = "scanner_junk"  # the scanner sends what is no code: half of one, NULs, far too much
    KEYPAD_GUESSED = "keypad_guessed"  # somebody types `value` numbers that are nobody's
    KEY_STUCK = "key_stuck"  # a key of the keypad is held for `seconds`


class Act(StrEnum):
    """What central's people do. `value` is a person's id where one is meant."""

    PUBLISH = "publish"  # the registry, whatever changed
    REVOKE = "revoke"  # a person leaves the registry; published at once
    REVOKE_URGENTLY = "revoke_urgently"  # by the urgent list, which goes ahead of the registry
    TURN_RED = "turn_red"  # the person's status becomes red, published at once
    TURN_GREEN = "turn_green"
    ISOLATE = "isolate"  # home quarantine: an exit is to be alarmed
    COMMAND_OPEN = "command_open"  # open once, to `target`
    COMMAND_MODE = "command_mode"  # set_mode `value`, to `target`
    ROTATE_REGISTRY_KEY = "rotate_registry_key"  # a new root names another key
    ROTATE_ROOT_KEY = "rotate_root_key"


class How(StrEnum):
    """How somebody shows who they are."""

    FACE = "face"
    PASS = "pass"
    FACE_AND_PASS = "face_and_pass"
    ONE_TIME_PASS = "one_time_pass"
    OTHERS_PASS = "others_pass"  # their own face, somebody else's pass
    FORGED_PASS = "forged_pass"
    STRANGER = "stranger"  # a face that nobody enrolled
    TAILGATE = "tailgate"  # shows nothing, and follows whoever is let through within a minute
    EXIT_BUTTON = "exit_button"  # shows nothing: is inside, presses the exit button, and walks out
    NUMBER = "number"  # types the number of their visit; only where there is a keypad


FRIEND = "+"
"""`guest+1` is somebody to whom `guest` has given the one-time pass."""


class FaultEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    at: float
    fault: Fault
    target: str = ""
    seconds: float = 0.0
    value: float = 0.0
    seed: int = 0


class ActEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    at: float
    act: Act
    target: str = ""
    value: str = ""
    seed: int = 0


class Visit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody who comes to a gate. `person` is an id of the registry's, or a stranger's name. `walks` is how
    long after the grant they walk through, in seconds; a negative one turns back.
    """

    at: float
    device: str
    person: str
    how: How
    walks: float = 1.0
    seed: int = 0


class Town(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What stands in the world before anything happens: one site, its gates and its people. `exits` are the
    gates by which one leaves; by the others one enters. `scanners` have no camera, but a scanner and a keypad
    on cables; so many visitors have `numbers` to type there.
    """

    gates: tuple[str, ...] = ("main", "side")
    exits: tuple[str, ...] = ("side",)
    people: int = 12
    ingesters: int = 2
    mode: str = "face_or_code"
    share_counts: bool = True
    scanners: tuple[str, ...] = ()
    numbers: int = 0


def number_guests_of(town: Town) -> tuple[str, ...]:
    """The visitors who have a number to type."""
    return tuple(f"number-{count}" for count in range(town.numbers))


def people_of(town: Town) -> tuple[str, ...]:
    """The ids of those who live there."""
    return tuple(f"p{number:03}" for number in range(town.people))


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole world's story. Faults end by `calm_from`; everything has converged `hours` after the begin."""

    seed: int
    hours: float
    calm_from: float
    town: Town = Town()
    faults: tuple[FaultEvent, ...] = ()
    acts: tuple[ActEvent, ...] = ()
    visits: tuple[Visit, ...] = ()


def read_plan(path: Path) -> Plan:
    return msgspec.json.decode(path.read_bytes(), type=Plan)


def write_plan(path: Path, plan: Plan) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(plan)) + b"\n")
