"""What a device and the certificate authority say to each other, as JSON over HTTPS."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from edge.signing.cose import Microseconds

_Bytes32 = Annotated[bytes, Meta(min_length=32, max_length=32)]
_Bytes64 = Annotated[bytes, Meta(min_length=64, max_length=64)]


class EnrolmentRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for the first certificate. `request` is PKCS #10 in PEM, for the device's own key."""

    device: str
    code: str
    request: str


class RenewalRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for a new certificate. `proof` is the old key's signature (ECDSA, SHA-256) over the request,
    in base64.
    """

    certificate: str
    request: str
    proof: bytes


class EnrolmentAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new certificate, and the services' authority that proves the broker; both in PEM."""

    certificate: str
    services: str


class InvitationQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asks whom the code of an invitation is for; `proof` follows from the code."""

    proof: _Bytes32


class InvitationAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The device and the gate that the code is for, and the door's time in microseconds since 1970 UTC."""

    device: str
    site: str
    gate: str
    now: Microseconds


class AdoptionRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for all that a gate needs. `request` is PKCS #10 in PEM for the device's own key, `message_key` a
    raw Ed25519 key and `sealing_key` a raw X25519 key of its own. `possession` is the message key's signature
    over the rest (`signed_part`).
    """

    proof: _Bytes32
    request: str
    message_key: _Bytes32
    sealing_key: _Bytes32
    possession: _Bytes64

    def signed_part(self) -> bytes:
        """What the message key signs: that its holder asks for this certificate, and by this sealing key."""
        return possession_of(self.request, self.message_key, self.sealing_key)


class AdoptionAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The certificate and the services' authority (PEM), and what is sealed for the device's sealing key
    (sync.gate_invitation.packets.GateMaterial).
    """

    certificate: str
    services: str
    sealed: Annotated[bytes, Meta(max_length=64 * 1024)]


def possession_of(request: str, message_key: bytes, sealing_key: bytes) -> bytes:
    """The bytes by which a message key shows that it asks for `request`, and to have it sealed."""
    return b"gatepost adoption 1\n" + message_key + sealing_key + request.encode()
