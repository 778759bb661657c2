"""Asks the authority's door: whatever answers there is bounded in size, and in time as a whole."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from threading import Timer
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from edge.support.decoding import Undecodable, json_of
from sync.ca.certificates import AuthorityError
from sync.ca.files import parse_certificate

WITHIN = 20.0
"""Seconds for one question, from the connection to the last byte of the answer."""
_MOST_BYTES = 64 * 1024
_Answer = TypeVar("_Answer")


def fetch_authority(url: str, within: float = WITHIN) -> x509.Certificate:
    """The services' authority that a door shows, over unverified TLS; the caller compares it.

    Raises AuthorityError.
    """
    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    return parse_certificate(_exchange(url, "GET", "/authority", None, unverified, within))


def ask_door(
    url: str,
    path: str,
    question: msgspec.Struct,
    services: x509.Certificate,
    kind: type[_Answer],
    within: float = WITHIN,
) -> _Answer:
    """Ask over TLS that the authority `services` proves. Raises AuthorityError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=services.public_bytes(Encoding.PEM).decode())
    answer = _exchange(url, "POST", path, msgspec.json.encode(question), context, within)
    try:
        return json_of(answer, kind)
    except Undecodable as error:
        raise AuthorityError(f"invalid answer: {error}", where=url) from None


def _exchange(
    url: str, method: str, path: str, body: bytes | None, context: ssl.SSLContext, within: float
) -> bytes:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise AuthorityError("not an https:// address", where=url)
    connection = http.client.HTTPSConnection(
        parts.hostname, parts.port or 443, timeout=within, context=context
    )
    try:
        with closing(connection), _cut_off(connection, within):
            connection.request(method, path, body)
            answer = connection.getresponse()
            data = answer.read(_MOST_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise AuthorityError(
            f"cannot be reached: {_told(error, within)}",
            where=url,
            remedy="check the address, the cable and this computer's clock; is the door open at the centre?",
        ) from None
    if len(data) > _MOST_BYTES:
        raise AuthorityError(f"answered with more than {_MOST_BYTES} bytes", where=url)
    if answer.status != http.client.OK:
        raise AuthorityError(f"refused: {_reason(data)}", where=url)
    return data


@contextmanager
def _cut_off(connection: http.client.HTTPConnection, within: float) -> Iterator[None]:
    """End the connection after `within` seconds, however slowly it goes on sending."""

    def cut() -> None:
        held = connection.sock
        if held is not None:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    timer = Timer(within, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _told(error: Exception, within: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {within:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror  # without the number that the system has for it
    return str(error) or type(error).__name__


def _reason(data: bytes) -> str:
    try:
        return json_of(data, dict[str, str])["error"][:500]
    except (Undecodable, KeyError):
        return "without a reason"
