"""Enrolment over HTTPS: central's web application for devices that have a code or an old certificate.

GET /authority: the services' authority (PEM), to compare with the fingerprint or code that a person typed.
POST /enrol {device, code, request} → {certificate, services}.
POST /renew {certificate, request, proof} → {certificate, services}.
POST /invitation {proof} → {device, site, gate, now}: whom the code of an invitation is for.
POST /adopt {proof, request, message_key, sealing_key, possession} → {certificate, services, sealed}.

Anyone on the network can connect here. So bodies are small, every wrong code gets the same answer, and
refusals a minute are limited. sync.ca.serving limits connections and time.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic

import msgspec
import structlog
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge.errors import GatepostError
from edge.support.decoding import json_of
from sync.ca.certificate_authority import SERVICES, CertificateAuthority
from sync.ca.certificates import AuthorityError
from sync.ca.invitations import InvitationDoor
from sync.ca.messages import (
    AdoptionAnswer,
    AdoptionRequest,
    EnrolmentAnswer,
    EnrolmentRequest,
    InvitationAnswer,
    InvitationQuestion,
    RenewalRequest,
)

MOST_BODY_BYTES = 32 * 1024
MOST_REFUSALS = 20
"""Refusals a minute, of all clients together; beyond them every client has to wait. This limits noise,
not guessing: a code has 80 bits and becomes invalid after five wrong ones.
"""


class RefusalLimit:
    """Counts refusals, and is exhausted after `most` of them within a minute."""

    def __init__(self, most: int, clock: Callable[[], float] = monotonic) -> None:
        self._most = most
        self._clock = clock
        self._refused: list[float] = []

    def is_exhausted(self) -> bool:
        """Whether the refusals of the last minute reach the limit."""
        now = self._clock()
        self._refused = [at for at in self._refused if now - at < 60.0]
        return len(self._refused) >= self._most

    def count_refusal(self) -> None:
        """Count one refusal."""
        self._refused.append(self._clock())


def enrolment_app(
    authority: CertificateAuthority,
    limit: RefusalLimit | None = None,
    invitations: InvitationDoor | None = None,
) -> Starlette:
    """The web application; uvicorn serves it with TLS (gatepost central ca run). Without `invitations` nobody
    comes with the code of one.
    """
    log = structlog.get_logger("sync.authority")
    limit = limit or RefusalLimit(MOST_REFUSALS)
    services = authority.certificate(SERVICES).public_bytes(Encoding.PEM).decode()

    async def ca_certificate(_: Request) -> Response:
        return Response(services, media_type="application/x-pem-file")

    def answering(work: Callable[[bytes], msgspec.Struct]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if limit.is_exhausted():
                return JSONResponse({"error": "too many refusals: wait a minute"}, 429)
            body = await _bounded(request)
            if body is None:
                limit.count_refusal()
                return JSONResponse({"error": f"the body is larger than {MOST_BODY_BYTES} bytes"}, 413)
            try:
                found = await run_in_threadpool(_refusing(work), body)
            except GatepostError as error:
                limit.count_refusal()
                client = request.client and request.client.host
                log.warning("enrolment_refused", error=str(error), client=client)
                return JSONResponse({"error": str(error)}, 403)
            return Response(msgspec.json.encode(found), media_type="application/json")

        return answer

    works = _works(authority, invitations, services)
    routes = [Route(path, answering(work), methods=["POST"]) for path, work in works.items()]
    return Starlette(routes=[Route("/authority", ca_certificate), *routes])


def _works(
    authority: CertificateAuthority, invitations: InvitationDoor | None, services: str
) -> dict[str, Callable[[bytes], msgspec.Struct]]:
    """What is done for each path, with the body of a request."""
    log = structlog.get_logger("sync.authority")

    def enrolled(body: bytes) -> EnrolmentAnswer:
        asked = json_of(body, EnrolmentRequest)
        certificate = authority.enrol(asked.device, asked.code, asked.request.encode())
        log.info("enrolled", device=asked.device)
        return EnrolmentAnswer(certificate.public_bytes(Encoding.PEM).decode(), services)

    def renewed(body: bytes) -> EnrolmentAnswer:
        asked = json_of(body, RenewalRequest)
        certificate = authority.renew(asked.certificate.encode(), asked.request.encode(), asked.proof)
        log.info("renewed", serial=f"{certificate.serial_number:x}")
        return EnrolmentAnswer(certificate.public_bytes(Encoding.PEM).decode(), services)

    def invited(body: bytes) -> InvitationAnswer:
        return _of(invitations).who(json_of(body, InvitationQuestion))

    def adopted(body: bytes) -> AdoptionAnswer:
        return _of(invitations).adopt(json_of(body, AdoptionRequest))

    return {"/enrol": enrolled, "/renew": renewed, "/invitation": invited, "/adopt": adopted}


def _of(invitations: InvitationDoor | None) -> InvitationDoor:
    if invitations is None:
        raise AuthorityError(
            "this door knows no invitations", remedy="gatepost device enrol, with a code of its own"
        )
    return invitations


def _refusing(work: Callable[[bytes], msgspec.Struct]) -> Callable[[bytes], msgspec.Struct]:
    """`work`, with every exception turned into a refusal: a stranger may send anything."""

    def refusing(body: bytes) -> msgspec.Struct:
        try:
            return work(body)
        except GatepostError:
            raise
        except Exception as error:
            structlog.get_logger("sync.authority").exception("enrolment_raised")
            raise AuthorityError("this request failed: the log of the centre says why") from error

    return refusing


async def _bounded(request: Request) -> bytes | None:
    """The body, or None as soon as it is too large, whatever Content-Length says."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BODY_BYTES:
            return None
    return body
