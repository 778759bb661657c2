"""Posts to a webhook: by TLS only, signed, to no address of the house unless the configuration allows it."""

from __future__ import annotations

import hashlib
import hmac
import ssl
from contextlib import closing
from http.client import HTTPException, HTTPSConnection
from ipaddress import ip_address
from socket import SOCK_STREAM, getaddrinfo
from urllib.parse import urlsplit

import msgspec

from edge.errors import ConfigurationError
from sync.central.configuration import WebhookSection
from sync.central.delivery.core import DeliveryOutcome, OutgoingMessage, without_secrets
from sync.central.delivery.ways.deadline import Deadline
from sync.central.delivery.ways.mail import secret_in, tls_context
from sync.central.delivery.ways.protocol import Sent

SIGNATURE = "x-gatepost-signature"
_AGAIN = {408, 425, 429}
_LONGEST = 200


class WebhookBody(msgspec.Struct, frozen=True):
    """What is posted. `id` is the same in each try; `at` is microseconds since 1970 UTC."""

    id: int
    at: int
    to: str
    subject: str
    text: str
    about: str
    severity: int


class PrivateAddress(Exception):
    """The name leads to an address of this house, or of nowhere."""


class WebhookSender:
    """Posts to the webhook of `section`. Make it with `webhook_sender`."""

    def __init__(self, section: WebhookSection, secret: str, context: ssl.SSLContext) -> None:
        self._section = section
        self._secret = secret.encode()
        self._context = context

    def send(self, number: int, message: OutgoingMessage, now: int) -> Sent:
        """One try, within the timeout of the section as a whole."""
        body = msgspec.json.encode(
            WebhookBody(
                number, now, message.to.to, message.subject, message.text, message.about, message.severity
            )
        )
        try:
            status = self._posted(body, now)
        except PrivateAddress as error:
            return Sent(DeliveryOutcome.REFUSED, str(error))
        except (HTTPException, OSError, ValueError) as error:
            words = without_secrets(f"{type(error).__name__}: {error}", self._secret.decode())
            return Sent(DeliveryOutcome.DELAYED, words[:_LONGEST])
        return _of_status(status)

    def _posted(self, body: bytes, now: int) -> int:
        """The status of the answer; its body is not read, and it leads nowhere."""
        parts = urlsplit(self._section.url)
        host, port = parts.hostname or "", parts.port or 443
        headers = {"content-type": "application/json", SIGNATURE: signature_of(self._secret, now, body)}
        address = _address_of(host, port, allow_private=self._section.allow_private)
        with (
            Deadline(self._section.timeout) as deadline,
            closing(HTTPSConnection(host, port, context=self._context)) as connection,
        ):
            line = deadline.opened(address, port)
            connection.sock = self._context.wrap_socket(line, server_hostname=host)
            target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            connection.request("POST", target, body, headers)
            return connection.getresponse().status


def webhook_sender(section: WebhookSection) -> WebhookSender:
    """A sender by [webhook]. Raises GatepostError where its files cannot be used."""
    parts = urlsplit(section.url)
    if parts.username is not None or parts.fragment:
        raise ConfigurationError(
            "holds a sign-in or a fragment", where="[webhook] url", remedy="take these out of the address"
        )
    context = tls_context(section.ca, "[webhook] ca")
    return WebhookSender(section, secret_in(section.secret, "[webhook] secret"), context)


def signature_of(secret: bytes, now: int, body: bytes) -> str:
    """What proves that a body was posted by this centre, and when: HMAC-SHA256 over "time.body"."""
    seconds = now // 1_000_000
    made = hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={made}"


# --- inside --------------------------------------------------------------------------------


def _address_of(host: str, port: int, *, allow_private: bool) -> str:
    """The address that is posted to: looked at and used, so that a name cannot lead elsewhere in between."""
    found = [*dict.fromkeys(str(item[4][0]) for item in getaddrinfo(host, port, type=SOCK_STREAM))]
    for address in found:
        if allow_private or ip_address(address).is_global:
            return address
    raise PrivateAddress(
        f"{host} leads to {', '.join(found)[:80]}, which is no public address: [webhook] allow_private"
    )


def _of_status(status: int) -> Sent:
    if 200 <= status < 300:
        return Sent(DeliveryOutcome.SENT, f"answered {status}")
    if 300 <= status < 400:
        return Sent(
            DeliveryOutcome.REFUSED,
            f"answered {status}: no redirect is followed; set [webhook] url to where it is",
        )
    again = status >= 500 or status in _AGAIN
    return Sent(DeliveryOutcome.DELAYED if again else DeliveryOutcome.REFUSED, f"answered {status}")
