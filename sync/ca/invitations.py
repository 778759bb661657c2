"""The door's side of invitations: who comes with a code gets a certificate and what their gate needs.

The door knows neither the code nor the database. Central leaves what it asks in one part of a folder, the
door answers in the other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hmac import compare_digest
from pathlib import Path

import msgspec
import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from edge.support.decoding import Undecodable, json_of
from edge.support.files import READABLE_BY_GROUP, Durability, list_bounded, read_bounded, write_aside
from sync.ca.certificate_authority import DEVICES, SERVICES, CertificateAuthority
from sync.ca.certificates import AuthorityError
from sync.ca.messages import AdoptionAnswer, AdoptionRequest, InvitationAnswer, InvitationQuestion
from sync.ca.site_secrets import keep_sealing_key, site_secrets
from sync.gate_invitation import (
    ANSWERED,
    ASKED,
    MOST_PACKET_BYTES,
    MOST_PACKETS,
    Answered,
    AskedToRevoke,
    GateMaterial,
    GatePart,
    OpenInvitation,
    Revoked,
    SealError,
    Trouble,
    kept_of,
    seal_for,
)

_NOT_HERE = "the code is wrong, has expired, or was withdrawn"


class InvitationDoor:
    """Answers devices by what central left in `folder`, with the `authority` and what lies in `keeps`, its
    folder. `now` returns the time (UTC).
    """

    def __init__(
        self, authority: CertificateAuthority, keeps: Path, folder: Path, now: Callable[[], datetime]
    ) -> None:
        self._authority = authority
        self._keeps = keeps
        self._asked, self._answered = folder / ASKED, folder / ANSWERED
        self._now = now
        self._log = structlog.get_logger("sync.authority")

    def who(self, question: InvitationQuestion) -> InvitationAnswer:
        """Whom a code is for; nothing is used up. Raises AuthorityError."""
        part = self._invitation(kept_of(question.proof)).part
        return InvitationAnswer(part.device, part.site, part.gate, self._microseconds())

    def adopt(self, question: AdoptionRequest) -> AdoptionAnswer:
        """All that the device of a code needs, sealed for it. Raises AuthorityError.

        The answer for central is on disk before the device has its own: no device is out there that central
        does not get to know.
        """
        kept = kept_of(question.proof)
        found = self._invitation(kept)
        part = found.part
        _check_possession(question, part.device)
        try:
            secrets = site_secrets(self._keeps, part.site)
        except AuthorityError as error:
            self._answer(kept, Trouble(found.number, str(error)[:500]))
            raise
        current, *earlier = secrets.template_keys.every
        material = GateMaterial(part, secrets.root, current, tuple(earlier))
        try:
            sealed = seal_for(msgspec.json.encode(material), question.sealing_key, part.device)
        except SealError as error:
            raise AuthorityError(error.what, where=part.device) from None
        request = question.request.encode()
        certificate = self._authority.enrol_invited(part.device, kept, request, question.message_key)
        self._keep_sealing_key(part, question.sealing_key)
        self._answer(kept, Answered(found.number, part.device, question.message_key))
        self._log.info("adopted", device=part.device, invitation=found.number)
        services = self._authority.certificate(SERVICES)
        return AdoptionAnswer(
            _pem(certificate.public_bytes(Encoding.PEM)), _pem(services.public_bytes(Encoding.PEM)), sealed
        )

    def look(self) -> None:
        """Do what central asks besides: revoke; and remove the answers that it has taken. Raises OSError."""
        for path in list_bounded(self._asked, "*.revoke", MOST_PACKETS):
            try:
                device = json_of(read_bounded(path, MOST_PACKET_BYTES), AskedToRevoke).device
            except (OSError, Undecodable) as error:
                self._log.warning("not_readable", file=path.name, error=str(error))
                continue
            done = self._answered / f"{device}.revoked"
            if not done.exists():
                count = self._authority.revoke(DEVICES, device)
                self._log.warning("revoked", device=device, count=count)
                self._write(done, Revoked(device, count))
        for path in list_bounded(self._answered, "*", MOST_PACKETS):
            asked = path.with_suffix(".revoke" if path.suffix == ".revoked" else ".json").name
            if path.suffix in {".json", ".revoked"} and not (self._asked / asked).exists():
                path.unlink(missing_ok=True)

    def is_awaited(self) -> bool:
        """Whether there is an open invitation: its device may come at any time. Raises OSError."""
        return bool(list_bounded(self._asked, "*", MOST_PACKETS))

    # --- inside ----------------------------------------------------------------------------

    def _invitation(self, kept: bytes) -> OpenInvitation:
        path = self._asked / f"{kept.hex()}.json"
        try:
            found = json_of(read_bounded(path, MOST_PACKET_BYTES), OpenInvitation)
        except FileNotFoundError:
            raise AuthorityError(_NOT_HERE, remedy=_INVITE) from None
        except (OSError, Undecodable) as error:
            raise AuthorityError(f"the invitation cannot be read: {error}", where=path.name) from None
        if not compare_digest(found.proof, kept) or self._microseconds() >= found.until:
            raise AuthorityError(_NOT_HERE, remedy=_INVITE)
        return found

    def _answer(self, kept: bytes, answer: Answered | Trouble) -> None:
        path = self._answered / f"{kept.hex()}.json"
        try:
            self._write(path, answer)
        except OSError as error:
            # What the device gets now would be unknown to central: it comes again.
            raise AuthorityError(
                f"could not be written: {error.strerror or error}", where=str(path), remedy="try again"
            ) from None

    def _keep_sealing_key(self, part: GatePart, key: bytes) -> None:
        try:
            keep_sealing_key(self._keeps, part.site, part.device, key)
        except OSError as error:
            raise AuthorityError(
                f"could not be written: {error.strerror or error}", where=part.device, remedy="try again"
            ) from None

    def _write(self, path: Path, answer: Answered | Trouble | Revoked) -> None:
        write_aside(path, msgspec.json.encode(answer), READABLE_BY_GROUP, Durability.LASTING)

    def _microseconds(self) -> int:
        return int(self._now().timestamp() * 1_000_000)


def _check_possession(question: AdoptionRequest, device: str) -> None:
    try:
        key = Ed25519PublicKey.from_public_bytes(question.message_key)
        key.verify(question.possession, question.signed_part())
    except (ValueError, InvalidSignature):
        raise AuthorityError(
            "the request is not signed by the message key that it names", where=device
        ) from None


def _pem(data: bytes) -> str:
    return data.decode()


_INVITE = "at the centre: gatepost central gate invite makes another"
