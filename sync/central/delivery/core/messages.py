"""What a message is, where it may go, and how large it may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from edge.support.phrases import Phrase, phrase

LONGEST_SUBJECT = 200
LONGEST_TEXT = 20_000
MOST_ATTACHED = 10 * 1024 * 1024
"""Bytes of all attachments of a message."""
MOST_ATTACHMENTS = 8
_LONGEST_TO = 254
_LONGEST_NAME = 100
# As browsers check it (HTML, 4.10.5.1.5), without anything by which a line of SMTP could be ended. Who owns
# the address is found out by sending.
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,187}[A-Za-z0-9])?")
_HANDLE = re.compile(r"[A-Za-z0-9._@+-]{1,100}")
_KIND = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")


_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{32,}")


class Way(StrEnum):
    """How a message goes: it is laid out for a page, or sent by mail or by the webhook."""

    PAGE = "page"
    MAIL = "mail"
    WEBHOOK = "webhook"


class DeliveryOutcome(StrEnum):
    """What became of a try: it was taken; not now, so that it is tried again; or never."""

    SENT = "sent"
    DELAYED = "delayed"
    REFUSED = "refused"


@dataclass(frozen=True)
class Recipient:
    """Where a message goes: an address of mail, whom the webhook's receiver tells it, whose page shows it."""

    way: Way
    to: str


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail; `kind` is its media type."""

    name: str
    kind: str
    data: bytes


@dataclass(frozen=True)
class OutgoingMessage:
    """A message. It names nobody and tells nothing of anybody's health: kind, place, time, link.

    `about` says what it is about, as "task 7" or "report 3". What is about `severity` 1 goes before what is
    about 2 and 3. After `until` (microseconds since 1970 UTC) it is of no use, and sent no more.
    """

    to: Recipient
    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    about: str = ""
    severity: int = 3
    until: int | None = None


def fault_of_address(address: Recipient) -> Phrase | None:
    """Why nothing can be sent there; None where it can."""
    form = _MAIL if address.way is Way.MAIL else _HANDLE
    if len(address.to) <= _LONGEST_TO and form.fullmatch(address.to):
        return None
    expected = phrase("1 to 100 letters, digits and . _ @ + -")
    if address.way is Way.MAIL:
        expected = phrase("name@example.org")
    return phrase(
        "%(to)r is no address for %(way)s: expected %(expected)s",
        to=address.to[:60],
        way=address.way,
        expected=expected,
    )


def fault_of(message: OutgoingMessage) -> Phrase | None:
    """Why a message cannot be sent; None where it can."""
    if fault := fault_of_address(message.to):
        return fault
    if not 1 <= len(message.subject) <= LONGEST_SUBJECT or not message.subject.isprintable():
        return phrase(
            "the subject has %(count)s characters, expected 1 to %(longest)s on one line",
            count=len(message.subject),
            longest=LONGEST_SUBJECT,
        )
    if not 1 <= len(message.text) <= LONGEST_TEXT or len(message.html or "") > LONGEST_TEXT * 5:
        return phrase(
            "the text has %(count)s characters, expected 1 to %(longest)s",
            count=len(message.text),
            longest=LONGEST_TEXT,
        )
    if message.severity not in {1, 2, 3}:
        return phrase("the severity is %(severity)s, expected 1, 2 or 3", severity=message.severity)
    return _fault_of_attachments(message.attachments, message.to.way)


def without_secrets(words: str, *secrets: str) -> str:
    """What the other side said, which is logged and shown: without `secrets`, and without what may be the
    token of a link, where it says again what it was told.
    """
    for secret in filter(None, secrets):
        words = words.replace(secret, "…")
    return _TOKEN.sub("…", words)


def _fault_of_attachments(attachments: tuple[Attachment, ...], way: Way) -> Phrase | None:
    if attachments and way is not Way.MAIL:
        return phrase("attachments go by mail only, not by %(way)s", way=way)
    size = sum(len(each.data) for each in attachments)
    if len(attachments) > MOST_ATTACHMENTS or size > MOST_ATTACHED:
        return phrase(
            "%(count)s attachments of %(size)s bytes, at most %(most)s of %(bytes)s together are taken",
            count=len(attachments),
            size=size,
            most=MOST_ATTACHMENTS,
            bytes=MOST_ATTACHED,
        )
    for each in attachments:
        if not (
            0 < len(each.name) <= _LONGEST_NAME and each.name.isprintable() and _KIND.fullmatch(each.kind)
        ):
            return phrase(
                "an attachment is called %(name)r and is %(kind)r: name both",
                name=each.name[:40],
                kind=each.kind[:40],
            )
    return None
