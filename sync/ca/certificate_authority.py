"""A site's certificate authority, in a folder: two signing keys, the certificate store, and files for the
broker.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.support.files import make_folder, write_aside
from sync.ca.certificate_store import CODE_LIFETIME, CertificateRecord, CertificateStore
from sync.ca.certificates import (
    GRACE,
    RENEWAL_CONTEXT,
    AuthorityError,
    SigningAuthority,
    check_device,
    device_certificate,
    init_authority,
    name_of,
    names_of_service,
    read_request,
    revocation_list,
    service_certificate,
    was_issued_by,
)
from sync.ca.files import make_key, parse_certificate, read_certificate, read_key

DEVICES, SERVICES = "devices", "services"
BROKER, ENROLMENT, CENTRAL = "broker", "enrolment", "central"
"""The services of a centre that have certificates."""
_STEMS = {CENTRAL: "central-tls"}
MOST_CODE_HOURS = 720


class CertificateAuthority:
    """Issues, renews and revokes certificates. `now` returns the time (UTC)."""

    def __init__(
        self,
        folder: Path,
        devices: SigningAuthority,
        services: SigningAuthority,
        store: CertificateStore,
        now: Callable[[], datetime],
    ) -> None:
        self._folder = folder
        self._authorities = {DEVICES: devices, SERVICES: services}
        self._store = store
        self._now = now

    def certificate(self, authority: str) -> x509.Certificate:
        """The authority's own certificate, public."""
        return self._authorities[authority].certificate

    def issued(self) -> list[CertificateRecord]:
        """Every certificate that was issued, by name."""
        return self._store.certificates()

    def new_code(self, device: str, lifetime: timedelta = CODE_LIFETIME) -> str:
        """Make a one-time code with which `device` may enrol within `lifetime`."""
        check_device(device)
        hours = lifetime / timedelta(hours=1)
        if not 0 < hours <= MOST_CODE_HOURS:
            raise AuthorityError(
                f"a code cannot hold for {hours:g} hours", remedy=f"more than none, up to {MOST_CODE_HOURS}"
            )
        return self._store.new_code(device, self._now(), lifetime)

    def enrol(self, device: str, code: str, request: bytes) -> x509.Certificate:
        """Issue the first certificate of `device`, for the key in `request`; uses up the code.

        Raises AuthorityError.
        """
        name, key = read_request(request)
        if name != device:
            raise AuthorityError(f"the request names {name!r}, not {device!r}", where=device)
        self._store.use_code(device, code, self._now(), timedelta(hours=MOST_CODE_HOURS))
        return self._issue(device, key)

    def enrol_invited(self, device: str, kept: bytes, request: bytes, message_key: bytes) -> x509.Certificate:
        """Issue the certificate of a device that came with the code of an invitation, for the key in its
        `request`.

        `kept` is what is kept of the code's proof; the caller has compared it. The first pair of keys that
        comes with it may come again, and no other. Raises AuthorityError.
        """
        name, key = read_request(request)
        if name != device:
            raise AuthorityError(f"the request names {name!r}, not {device!r}", where=device)
        pair = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) + message_key
        self._store.bind_invitation(kept, device, hashlib.sha256(pair).digest())
        return self._issue(device, key)

    def renew(self, old: bytes, request: bytes, proof: bytes) -> x509.Certificate:
        """Issue a new certificate to the holder of an old one, up to `GRACE` after it expired.

        `proof` is the old key's signature over the request (ECDSA, SHA-256). Raises AuthorityError.
        """
        certificate = parse_certificate(old)
        name, key = read_request(request)
        now = self._now()
        if not was_issued_by(certificate, self.certificate(DEVICES)) or name_of(certificate) != name:
            raise AuthorityError("this site did not issue the old certificate to this device", where=name)
        if not self._store.is_in_force(certificate.serial_number):
            raise AuthorityError("the old certificate was revoked", where=name, remedy=_ENROL)
        if now > certificate.not_valid_after_utc + GRACE:
            raise AuthorityError(
                f"the old certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d}, "
                f"more than {GRACE.days} days ago",
                where=name,
                remedy=_ENROL,
            )
        if not _has_signed(certificate, RENEWAL_CONTEXT + request, proof):
            raise AuthorityError("the request is not signed by the old certificate's key", where=name)
        return self._issue(name, key)

    def issue_service(self, name: str, hosts: Iterable[str]) -> tuple[Path, Path]:
        """Make a key and a certificate for a service of the centre; returns their files (certificate,
        key).
        """
        hosts = tuple(hosts)
        names_of_service(name, hosts)  # before a key is made for one that gets no certificate
        certificate_path, key_path = service_files(self._folder, name)
        key = read_key(key_path) if key_path.exists() else make_key(key_path)
        signer = self._authorities[SERVICES]
        certificate = service_certificate(signer, name, hosts, key.public_key(), self._now())
        self._record(SERVICES, certificate)
        write_aside(certificate_path, certificate.public_bytes(Encoding.PEM))
        return certificate_path, key_path

    def revoke(self, authority: str, name: str) -> int:
        """Revoke every certificate of `name` and publish the list; returns how many there were."""
        count = self._store.revoke(authority, name, self._now())
        self.publish_revocations(authority)
        return count

    def publish_revocations(self, authority: str) -> None:
        """Sign the list of what was revoked, for the broker."""
        revoked = [
            (item.serial, item.revoked)
            for item in self._store.certificates()
            if item.authority == authority and item.revoked is not None
        ]
        number = self._store.next_list(authority)
        data = revocation_list(self._authorities[authority], revoked, number, self._now())
        write_aside(self._folder / f"{authority}.crl", data)

    # --- inside --------------------------------------------------------------------------------

    def _issue(self, device: str, key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        certificate = device_certificate(self._authorities[DEVICES], device, key, self._now())
        self._record(DEVICES, certificate)
        return certificate

    def _record(self, authority: str, certificate: x509.Certificate) -> None:
        expires = certificate.not_valid_after_utc
        name = name_of(certificate)
        self._store.record(authority, certificate.serial_number, name, self._now(), expires)


def service_files(folder: Path, name: str) -> tuple[Path, Path]:
    """The certificate and the key of a service, in an authority's folder or where they were copied to.

    Central's are central-tls.*: what it signs with is central.key, and one must not be copied over the other.
    """
    stem = _STEMS.get(name, name)
    return folder / f"{stem}.pem", folder / f"{stem}.key"


def open_certificate_authority(folder: Path, now: Callable[[], datetime]) -> CertificateAuthority:
    """Open the authority in `folder` and read its keys. Raises AuthorityError if there is none."""
    store = CertificateStore(folder / "authority.sqlite")
    return CertificateAuthority(folder, _read(folder, DEVICES), _read(folder, SERVICES), store, now)


def init_certificate_authority(
    folder: Path, site: str, now: Callable[[], datetime], hosts: Iterable[str] = ()
) -> CertificateAuthority:
    """Make both authorities. Raises AuthorityError if there is one already: nothing is overwritten.

    `hosts` are those that the broker's certificate is to name: one that none can is refused before anything
    is made.
    """
    names_of_service(BROKER, hosts)
    make_folder(folder, 0o700)
    for name in (DEVICES, SERVICES):
        key = make_key(folder / f"{name}-ca.key")
        certificate = init_authority(f"{site} {name}", key, now())
        write_aside(folder / f"{name}-ca.pem", certificate.public_bytes(Encoding.PEM))
    CertificateStore(folder / "authority.sqlite").make()
    authority = open_certificate_authority(folder, now)
    for name in (DEVICES, SERVICES):
        authority.publish_revocations(name)
    return authority


def _read(folder: Path, name: str) -> SigningAuthority:
    return SigningAuthority(read_certificate(folder / f"{name}-ca.pem"), read_key(folder / f"{name}-ca.key"))


def _has_signed(certificate: x509.Certificate, data: bytes, signature: bytes) -> bool:
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


_ENROL = "enrol it again: gatepost central ca code create, then gatepost device enrol"
