"""One change of a person or of a policy: a value that can be kept until a second person approves. PURE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

from edge.decision import HomeIsolation, StatusRecord, Subject
from edge.registry.format import SealedTemplate
from edge.support.decoding import Undecodable, json_of
from edge.support.toml import MOST_BYTES

MOST_CHANGES = 200_000
"""Changes in one set; an import of more people is cut into several files."""


class PutSubject(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="put_subject"):
    """Add a person, or replace the record, status included."""

    site: str
    record: Subject


class PutTemplates(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="put_templates"):
    """Replace a person's sealed templates; none: the face is withdrawn."""

    site: str
    subject: str
    templates: tuple[SealedTemplate, ...] = ()


class SetStatus(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="set_status"):
    """Set a person's status. `appeal` is the number of the appeal that it answers, if any."""

    site: str
    subject: str
    record: StatusRecord
    appeal: int | None = None


class SetIsolation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="set_isolation"):
    """Order somebody to stay at home, or lift that (None)."""

    site: str
    subject: str
    isolation: HomeIsolation | None


class EraseSubject(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="erase_subject"):
    """Erase a person everywhere; the gates are told at once."""

    site: str
    subject: str


class RevokeSubject(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="revoke_subject"):
    """End a person's right at once, at every version that a gate may hold; the record goes with it."""

    site: str
    subject: str


class PutPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="put_policy"):
    """Replace a site's policy by this policy.toml."""

    site: str
    text: Annotated[str, Meta(max_length=MOST_BYTES)]


Change: TypeAlias = (
    PutSubject | PutTemplates | SetStatus | SetIsolation | EraseSubject | RevokeSubject | PutPolicy
)


@dataclass(frozen=True)
class NewerChange:
    """A change of a kind that only a newer version knows, as it is kept: nobody here approves it."""

    site: str
    said: Mapping[str, Any]


def subject_of(change: Change) -> str:
    """The id of the person whom a change is about; empty for a policy."""
    if isinstance(change, PutPolicy):
        return ""
    return change.record.id if isinstance(change, PutSubject) else change.subject


def kind_of(change: Change) -> str:
    """The name of a change's kind, as it is encoded: `set_status` and so on."""
    return str(change.__struct_config__.tag)


def encoded(changes: Sequence[Change | NewerChange]) -> bytes:
    """The changes in JSON."""
    said = [item.said if isinstance(item, NewerChange) else item for item in changes]
    return msgspec.json.encode(said, order="deterministic")


def decoded(data: bytes) -> tuple[Change | NewerChange, ...]:
    """The changes in JSON. Raises Undecodable."""
    try:
        return json_of(data, tuple[Change, ...], _WHERE)
    except Undecodable:
        return tuple(map(_one_of, json_of(data, list[msgspec.Raw], _WHERE)))


# --- inside ----------------------------------------------------------------------------------

_WHERE = "a set of changes"


class _Placed(msgspec.Struct):
    """What every change says, of whatever version."""

    site: str


def _one_of(data: msgspec.Raw) -> Change | NewerChange:
    try:
        made: Change = json_of(bytes(data), Change, _WHERE)  # type: ignore[arg-type]  # a union is a type
    except Undecodable:
        return NewerChange(json_of(bytes(data), _Placed, _WHERE).site, json_of(bytes(data), dict, _WHERE))
    return made
