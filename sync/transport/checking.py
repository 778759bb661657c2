"""Checks of either end's way to the broker: files, certificate, what the broker thinks of it, the clock."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge.devices.clock import kernel_synchronised
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.errors import ConfigurationError, GatepostError
from edge.support.counted import counted
from sync.transport.broker import Broker
from sync.transport.core import LinkCause, named
from sync.transport.naming import name_handshake, own_validity, valid_from
from sync.transport.tls import certificate_of, tls_of

_SOON = timedelta(days=21)
"""A certificate is renewed 30 days before its end: one that has less was not renewed."""
_WITHIN = 5.0
RENEW_GATE = "systemctl status gatepost-renew.timer; gatepost device renew"
RENEW_CENTRAL = "systemctl status gatepost-central-renew.timer; gatepost central ca renew"


def checked(name: str, check: Callable[[], Iterator[CheckResult]]) -> Iterator[CheckResult]:
    """What a check finds; what it raises is found by it, too."""
    try:
        yield from check()
    except GatepostError as error:
        yield CheckResult(Verdict.BAD, name, f"{error.where}: {error.what}".strip(": "), error.remedy)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        yield CheckResult(
            Verdict.BAD, name, f"{where}{error.strerror or error}", "check path, owner and mode"
        )


def check_private_file(path: Path, what: str, *, group: bool = False) -> Iterator[CheckResult]:
    """Whether a file with a secret is there, and only its owner (with `group`: and its group) can read it."""
    there = path.stat()
    mode = stat.S_IMODE(there.st_mode)
    if mode & (0o027 if group else 0o077):
        remedy = f"chmod {'0640' if group else '0600'} {path}"
        yield CheckResult(Verdict.BAD, what, f"{path} ({mode:04o}) can be read by others", remedy)
    elif not os.access(path, os.R_OK):
        yield CheckResult(Verdict.BAD, what, f"{path} cannot be read by this user", "run this as root")


def check_way(broker: Broker, renew: str) -> Iterator[CheckResult]:
    """The certificate, and whether the broker takes it. Nobody's session is disturbed: nothing of MQTT is
    said.
    """
    yield from checked("certificate", lambda: _certificate(broker, renew))
    yield from checked("broker", lambda: _verdict(broker))


def check_clock() -> Iterator[CheckResult]:
    """Whether this computer's clock is set by a time server."""
    if kernel_synchronised():
        yield CheckResult(Verdict.GOOD, "clock", f"synchronised: {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
    else:
        remedy = "apt-get install systemd-timesyncd, or chrony; timedatectl says more"
        yield CheckResult(Verdict.WARNING, "clock", "is not synchronised with a time server", remedy)


def _certificate(broker: Broker, renew: str) -> Iterator[CheckResult]:
    if broker.plain:
        text = "plain = true: who is on the way reads and changes what is sent"
        yield CheckResult(Verdict.WARNING, "certificate", text, "on one machine, for a trial, only")
        return
    if broker.key is not None:
        yield from check_private_file(broker.key, "certificate", group=True)
    certificate = certificate_of(broker)
    if certificate is None:
        raise ConfigurationError("cannot be read, or is no certificate", where=str(broker.certificate))
    tls_of(broker)  # which says whether the key is the certificate's
    until, now = certificate.not_valid_after_utc, datetime.now(UTC)
    left, where = until - now, broker.certificate
    if own_validity(certificate, now) is LinkCause.OWN_TOO_YOUNG:
        text = valid_from(where, certificate, now)
        yield CheckResult(Verdict.BAD, "certificate", text, named(LinkCause.OWN_TOO_YOUNG).remedy)
    elif left <= timedelta():
        yield CheckResult(Verdict.BAD, "certificate", f"{where} has expired: {until:%Y-%m-%d}", renew)
    elif left < _SOON:
        text = f"{where} ends in {counted(left.days, 'day')}, and was to be renewed by now"
        yield CheckResult(Verdict.WARNING, "certificate", text, renew)
    elif not _is_clients(certificate):
        yield CheckResult(Verdict.BAD, "certificate", f"{where} is no client's", "issue it without --host")
    else:
        yield CheckResult(Verdict.GOOD, "certificate", f"{where} until {until:%Y-%m-%d}")


def _is_clients(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.CLIENT_AUTH in usage


def _verdict(broker: Broker) -> Iterator[CheckResult]:
    tls_of(broker)  # whose files are named where they are at fault
    for host in broker.hosts:
        place = f"{host}:{broker.port}"
        why = name_handshake(broker.at(host), _WITHIN)
        if why is not None:
            yield CheckResult(Verdict.BAD, "broker", f"{place}: {why.text}", why.remedy)
            continue
        said = "listens" if broker.plain else "takes this certificate, over TLS 1.3"
        yield CheckResult(Verdict.GOOD, "broker", f"{place} {said}")
