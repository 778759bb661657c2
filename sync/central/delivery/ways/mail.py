"""Sends by SMTP, encrypted, and never waits longer than it was told to."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_LINES
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from socket import socket

from edge.errors import ConfigurationError, GatepostError
from edge.signing.key_files import refuse_if_shared
from edge.support.files import read_bounded
from sync.central.configuration import MailSection
from sync.central.delivery.core import DeliveryOutcome, OutgoingMessage, without_secrets
from sync.central.delivery.ways.deadline import Deadline
from sync.central.delivery.ways.protocol import Sent

_MOST_SECRET = 4096
_LONGEST = 200
_MOST_SAID = 64 * 1024


class MailSender:
    """Sends through the server of `section`. Make it with `mail_sender`."""

    def __init__(self, section: MailSection, password: str, context: ssl.SSLContext) -> None:
        self._section = section
        self._password = password
        self._context = context

    def send(self, number: int, message: OutgoingMessage, now: int) -> Sent:
        """One try. What the server does not take now is tried again, what it never takes is not."""
        sent = self._sent(number, message, now)
        return sent._replace(words=without_secrets(sent.words, self._password)[:_LONGEST])

    def _sent(self, number: int, message: OutgoingMessage, now: int) -> Sent:
        mail = mail_of(self._section.sender, number, message, now)
        try:
            with self._opened() as server:
                server.send_message(mail, self._section.sender, [message.to.to])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()), (550, b""))
            return _answered(code, said)
        except smtplib.SMTPDataError as error:
            return _answered(error.smtp_code, error.smtp_error)
        except smtplib.SMTPResponseException as error:
            # It refuses the sign-in, the sender, or the connection: what this centre can mend.
            return Sent(DeliveryOutcome.DELAYED, _words(error.smtp_code, error.smtp_error))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return Sent(DeliveryOutcome.DELAYED, _plain(str(error) or type(error).__name__))
        return Sent(DeliveryOutcome.SENT, "taken by the server")

    @contextmanager
    def _opened(self) -> Iterator[smtplib.SMTP]:
        """A connection to the server, encrypted and signed in. It is cut when its time is over, though the
        server says a little again and again.
        """
        section = self._section
        with (
            Deadline(section.timeout) as deadline,
            closing(_Smtp(section, self._context, deadline)) as server,
        ):
            server.connect(section.host, section.port)
            if section.security == "starttls":
                server.starttls(context=self._context)
            if section.user:
                server.login(section.user, self._password)
            yield server
            with suppress(smtplib.SMTPException, OSError):
                server.quit()


def mail_sender(section: MailSection) -> MailSender:
    """A sender by [mail]. Raises GatepostError where its files cannot be used."""
    if section.security == "plain" and not _is_here(section.host):
        raise ConfigurationError(
            f"{section.host!r} is not this machine, and would be sent to in clear",
            where="[mail] security",
            remedy='"starttls" or "tls"',
        )
    context = tls_context(section.ca, "[mail] ca")
    password = "" if section.password is None else secret_in(section.password, "[mail] password")
    return MailSender(section, password, context)


def secret_in(path: Path, where: str) -> str:
    """The secret in a file that only its owner reads. Raises GatepostError."""
    try:
        refuse_if_shared(path)
        text = read_bounded(path, _MOST_SECRET, follow=True).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot be read: {error}", where=f"{where}, {path}") from None
    except GatepostError as error:
        raise ConfigurationError(error.what, where=f"{where}, {path}", remedy=error.remedy) from None
    if not text:
        raise ConfigurationError("is empty", where=f"{where}, {path}", remedy="write the secret into it")
    return text


def mail_of(sender: str, number: int, message: OutgoingMessage, now: int) -> EmailMessage:
    """The mail that a message becomes: each try of one has the same id."""
    mail = EmailMessage(SMTP_LINES)
    mail["From"], mail["To"], mail["Subject"] = sender, message.to.to, message.subject
    mail["Date"] = format_datetime(datetime.fromtimestamp(now // 1_000_000, UTC))
    mail["Message-ID"] = f"<gatepost-{number}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html")
    for each in message.attachments:
        main, _, sub = each.kind.partition("/")
        mail.add_attachment(each.data, maintype=main, subtype=sub, filename=each.name)
    return mail


def tls_context(ca: Path | None, where: str) -> ssl.SSLContext:
    """What checks a server's certificate: by the system's authorities, or those in a file. Raises
    ConfigurationError.
    """
    try:
        return ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(f"cannot be read: {error}", where=f"{where}, {ca}") from None


# --- inside --------------------------------------------------------------------------------


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _Smtp(smtplib.SMTP):
    """SMTP over a connection of `deadline`."""

    def __init__(self, section: MailSection, context: ssl.SSLContext, deadline: Deadline) -> None:
        super().__init__(timeout=section.timeout)
        self._host = section.host  # whose certificate is asked for
        self._wrapped = context if section.security == "tls" else None
        self._deadline = deadline

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = _Bounded(self.sock)
        return super().getreply()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket:  # noqa: ARG002 - the deadline's
        # smtplib's own place for what comes between: its SMTP_SSL does the same.
        line = self._deadline.opened(host, port)
        return line if self._wrapped is None else self._wrapped.wrap_socket(line, server_hostname=self._host)


class _Bounded:
    """What the server says, and no more of it than a conversation has: an answer may have any number of
    lines.
    """

    def __init__(self, line: socket) -> None:
        self._file = line.makefile("rb")
        self._left = _MOST_SAID

    def readline(self, most: int) -> bytes:
        line = self._file.readline(most)
        self._left -= len(line)
        if self._left < 0:
            raise OSError(f"the server says more than {_MOST_SAID} bytes")
        return line

    def close(self) -> None:
        self._file.close()


def _answered(code: int, said: bytes | str) -> Sent:
    return Sent(DeliveryOutcome.REFUSED if code >= 500 else DeliveryOutcome.DELAYED, _words(code, said))


def _words(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {_plain(text)}"


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text[: 4 * _LONGEST]).strip()
