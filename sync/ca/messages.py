"""What a device and the certificate authority say to each other, as JSON over HTTPS."""

from __future__ import annotations

import msgspec


class EnrolmentRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`request` is PKCS #10 in PEM for the device's own key."""

    device: str
    code: str
    request: str


class RenewalRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`proof` is the old certificate's key's signature (ECDSA over SHA-256) over the request, in base64."""

    certificate: str
    request: str
    proof: bytes


class EnrolmentAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new certificate, and the services' authority by which the broker is known; both in PEM."""

    certificate: str
    services: str
