"""What a device and the certificate authority say to each other, as JSON over HTTPS."""

from __future__ import annotations

import msgspec


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
