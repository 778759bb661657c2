"""What was taken up, and refused, of registry, revocations and lists."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from edge.journal.format.kinds import Event, EventKind


class RegistryInstalled(Event, frozen=True):
    """A registry of this `version` is in force; `findings` are what it holds and this gate cannot use (the
    first 20).
    """

    kind: ClassVar = EventKind.REGISTRY_INSTALLED
    version: int
    findings: tuple[str, ...]


class RegistryRefused(Event, frozen=True):
    """A registry was refused by the code `reason`, so many `times` since it was last told; once a minute a
    reason at most.
    """

    kind: ClassVar = EventKind.REGISTRY_REFUSED
    reason: str
    text: str
    times: int


class RegistryExpired(Event, frozen=True):
    """The registry in force has outlived its signature: the policy's rule for a stale one holds."""

    kind: ClassVar = EventKind.REGISTRY_EXPIRED
    version: int | None
    text: str


class RevocationsInstalled(Event, frozen=True):
    """The urgent revocations of this `number` are in force: passes, people or keys that count no more."""

    kind: ClassVar = EventKind.REVOCATIONS_INSTALLED
    number: int


class Gone(msgspec.Struct, frozen=True):
    """One removal that is confirmed: its `reference` (hex), `what` was removed (subject, templates, pass),
    and how many `templates` went with it here.
    """

    reference: str
    what: str
    templates: int = 0


class RemovalConfirmed(Event, frozen=True):
    """What was removed `by` a registry or a list of revocations, with this `number`, is `gone`, as the gate
    found when it looked: by a list it counts no more; by a registry no file here knows it either. A gate that
    starts confirms again what its registry still names.
    """

    kind: ClassVar = EventKind.REMOVAL_CONFIRMED
    by: Literal["registry", "revocations"]
    number: int
    gone: tuple[Gone, ...]


class RemovalUnfinished(Event, frozen=True):
    """What the registry of this `number` removed is still known here, in these `places`; the gate looks
    again. `references` (hex) say what.
    """

    kind: ClassVar = EventKind.REMOVAL_UNFINISHED
    number: int
    references: tuple[str, ...]
    places: tuple[str, ...]


class FaceThresholdsEvent(Event, frozen=True):
    """What a face needs from now on, and the rates that this predicts.

    `identify` is the cosine for 1:N among `templates`, `confirm` for 1:1, `…_covered` the same under a mask
    (null: not measured). `false_matches` is the share of strangers' passages that match anybody, `…_low` and
    `…_high` its 95 % interval; `misses` the share of residents' that match nobody (null: not measured).
    `extrapolated`: rarer than anything that was counted.
    """

    kind: ClassVar = EventKind.FACE_THRESHOLDS
    engine: str
    templates: int
    identify: float
    confirm: float
    identify_covered: float | None
    confirm_covered: float | None
    false_matches: float
    false_matches_low: float
    false_matches_high: float
    misses: float | None
    extrapolated: bool


class ListInstalled(Event, frozen=True):
    """A `list` (of certificate issuers, or of revocations) of this `version` is in force."""

    kind: ClassVar = EventKind.LIST_INSTALLED
    list: str
    version: int


class ListRefused(Event, frozen=True):
    """A `list` was refused by the code `reason`, so many `times` since it was last told; once a minute a list
    and reason at most.
    """

    kind: ClassVar = EventKind.LIST_REFUSED
    list: str
    reason: str
    times: int
