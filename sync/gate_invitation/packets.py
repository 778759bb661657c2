"""What the three sides of an invitation say to each other: central, the door, the device.

Central and door meet in a folder with a part for each to write in (`ASKED`, `ANSWERED`), a file for each
thing. Nothing in it is secret: of the code it holds what follows from it.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from edge.signing.cose import Microseconds
from edge.support.names import Identifier

ASKED: Final = "asked"
"""Central's part of the folder."""
ANSWERED: Final = "answered"
"""The door's part of it."""
MOST_PACKET_BYTES: Final = 32 * 1024
MOST_PACKETS: Final = 4096
"""So many files of a part are looked at."""

Direction = Literal["entry", "exit", "both"]
Language = Literal["zh", "en"]
_Digest = Annotated[bytes, Meta(min_length=32, max_length=32)]
_Host = Annotated[str, Meta(pattern=r"\A[^\s/]{1,253}\Z", description="a host: its name or address")]
_Port = Annotated[int, Meta(ge=1, le=65535)]
_Pem = Annotated[str, Meta(max_length=8192)]
_Number = Annotated[int, Meta(ge=1)]


class GatePart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What central says of a gate: who it is, and how it reaches its broker. `central` is central's public
    key (PEM); with `share_counts` the gates of its site count together. A cluster has `broker_more` nodes, at
    the same port; of one broker nothing is said of them, which a device of an earlier version would refuse.
    So would it, and the door before it, a `direction` of null (nobody knows it): none is made here, and that
    of a later version is read.
    """

    device: Identifier
    site: Identifier
    gate: Identifier
    direction: Direction | None
    language: Language
    broker_host: _Host
    broker_port: _Port
    central: _Pem
    share_counts: bool = False
    broker_more: Annotated[tuple[_Host, ...], Meta(max_length=15)] = ()


class OpenInvitation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="invite"):
    """An open invitation, `asked/NUMBER.json`: `proof` is what is kept of a proof, `until` its end in
    microseconds since 1970 UTC.
    """

    number: _Number
    proof: _Digest
    until: Microseconds
    part: GatePart


class AskedToRevoke(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="revoke"):
    """A device whose certificates are to be revoked, `asked/DEVICE.revoke`."""

    device: Identifier


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="enrolled"):
    """A device that came with the code, `answered/NUMBER.json`: `message_key` (raw Ed25519) verifies what it
    sends.
    """

    number: _Number
    device: Identifier
    message_key: _Digest


class Trouble(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="trouble"):
    """Why a device with the right code got nothing, `answered/NUMBER.json`."""

    number: _Number
    text: Annotated[str, Meta(max_length=500)]


class Revoked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="revoked"):
    """A device whose certificates are revoked, `answered/DEVICE.revoked`; `count` is how many there were."""

    device: Identifier
    count: Annotated[int, Meta(ge=0)]


class GateMaterial(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the door seals for a device: central's part, and what the authority keeps of the site: its root's
    public keys (PEM), and the key of its templates; while that is exchanged, the earlier ones besides.
    """

    part: GatePart
    root: _Pem
    template_key: _Digest
    earlier_keys: Annotated[tuple[_Digest, ...], Meta(max_length=8)] = ()

    def __repr__(self) -> str:
        return f"GateMaterial({self.part!r}, …)"
