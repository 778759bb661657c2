"""Enrolment: a key that never leaves, a code good for once, certificates that are renewed and revoked."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from edge.web.connections import WaitingConnections
from sync.ca.certificate_authority import (
    DEVICES,
    MOST_CODE_HOURS,
    SERVICES,
    CertificateAuthority,
    init_certificate_authority,
    open_certificate_authority,
)
from sync.ca.certificate_store import MOST_ATTEMPTS
from sync.ca.certificates import (
    GRACE,
    LIFETIME,
    RENEWAL_CONTEXT,
    AuthorityError,
    SigningAuthority,
    device_certificate,
    fingerprint,
    name_of,
    request_for,
)
from sync.ca.device import Identity, enrol, is_renewal_due, renew
from sync.ca.files import read_certificate, read_key
from sync.ca.serving import WITHIN, server_of
from sync.ca.web import MOST_BODY_BYTES, RefusalLimit, enrolment_app
from sync.wire import RESERVED
from tests.edge.web.knocking import has_ended, knocked
from tests.examples import LONG
from tests.keys import p256, p384, rsa_2048
from tests.ports import free_port
from tests.waiting import PATIENT, sooner_than

NOW = datetime.now(UTC)


@dataclass
class Hand:
    """A clock that is moved by hand."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def authority(tmp_path: Path, clock: Hand) -> CertificateAuthority:
    return init_certificate_authority(tmp_path / "ca", "green-court", clock)


def key() -> ec.EllipticCurvePrivateKey:
    return p256()


def proof(old: ec.EllipticCurvePrivateKey, request: bytes) -> bytes:
    return old.sign(RENEWAL_CONTEXT + request, ec.ECDSA(hashes.SHA256()))


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


# --- codes ----------------------------------------------------------------------------------------


def test_a_code_is_good_for_one_device_once(authority: CertificateAuthority) -> None:
    code = authority.new_code("gate-1")
    with pytest.raises(AuthorityError, match="code is wrong"):
        authority.enrol("gate-2", code, request_for("gate-2", key()))
    certificate = authority.enrol("gate-1", code.lower().replace("-", " "), request_for("gate-1", key()))
    assert name_of(certificate) == "gate-1"
    with pytest.raises(AuthorityError, match="wrong, used"):
        authority.enrol("gate-1", code, request_for("gate-1", key()))


def test_of_many_who_come_with_one_code_at_once_one_gets_a_certificate(
    authority: CertificateAuthority,
) -> None:
    code = authority.new_code("gate-1")

    def attempt(_: int) -> bool:
        try:
            authority.enrol("gate-1", code, request_for("gate-1", key()))
        except AuthorityError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_code_expires(authority: CertificateAuthority, clock: Hand) -> None:
    code = authority.new_code("gate-1", timedelta(minutes=10))
    clock.at += timedelta(minutes=10)
    with pytest.raises(AuthorityError, match="expired"):
        authority.enrol("gate-1", code, request_for("gate-1", key()))


def test_a_code_that_was_made_by_a_clock_far_ahead_is_over(
    authority: CertificateAuthority, clock: Hand
) -> None:
    clock.at += timedelta(days=365)
    code = authority.new_code("gate-1")
    clock.at -= timedelta(days=365)
    with pytest.raises(AuthorityError, match="expired"):
        authority.enrol("gate-1", code, request_for("gate-1", key()))
    longest = authority.new_code("gate-1", timedelta(hours=MOST_CODE_HOURS))
    clock.at -= timedelta(seconds=30)
    made = authority.enrol("gate-1", longest, request_for("gate-1", key()))
    assert name_of(made) == "gate-1", "two clocks are never the same"


def test_a_code_dies_of_guessing(authority: CertificateAuthority) -> None:
    code = authority.new_code("gate-1")
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(AuthorityError):
            authority.enrol("gate-1", "AAAA-AAAA-AAAA-AAAA", request_for("gate-1", key()))
    with pytest.raises(AuthorityError):
        authority.enrol("gate-1", code, request_for("gate-1", key()))


def test_a_new_code_ends_the_one_before(authority: CertificateAuthority) -> None:
    first = authority.new_code("gate-1")
    authority.new_code("gate-1")
    with pytest.raises(AuthorityError):
        authority.enrol("gate-1", first, request_for("gate-1", key()))


def test_codes_are_kept_as_hashes_and_keys_for_their_owner_alone(
    authority: CertificateAuthority, tmp_path: Path
) -> None:
    code = authority.new_code("gate-1").replace("-", "")
    for path in (tmp_path / "ca").iterdir():
        assert code.encode() not in path.read_bytes()
        if path.suffix in {".key", ".sqlite"}:
            assert path.stat().st_mode & 0o077 == 0


# --- requests --------------------------------------------------------------------------------------


def bad_requests() -> dict[str, bytes]:
    good = request_for("gate-1", key())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gate-1")])
    builder = x509.CertificateSigningRequestBuilder()
    two = x509.Name([*name, x509.NameAttribute(NameOID.COMMON_NAME, "gate-2")])
    return {
        "junk": b"junk",
        "empty": b"",
        "huge": good + bytes(10_000),
        "cut": good[:200],
        "of an RSA key": builder.subject_name(name)
        .sign(rsa_2048(), hashes.SHA256())
        .public_bytes(Encoding.PEM),
        "of another curve": builder.subject_name(name)
        .sign(p384(), hashes.SHA256())
        .public_bytes(Encoding.PEM),
        "for two": builder.subject_name(two).sign(key(), hashes.SHA256()).public_bytes(Encoding.PEM),
        "for another": request_for("gate-2", key()),
    }


@pytest.mark.parametrize("what", sorted(bad_requests()))
def test_a_bad_request_gets_nothing_and_costs_no_code(authority: CertificateAuthority, what: str) -> None:
    code = authority.new_code("gate-1")
    with pytest.raises(AuthorityError):
        authority.enrol("gate-1", code, bad_requests()[what])
    assert name_of(authority.enrol("gate-1", code, request_for("gate-1", key()))) == "gate-1"


@pytest.mark.parametrize("lifetime", [timedelta(), timedelta(hours=-1), timedelta(days=31)])
def test_a_code_holds_for_more_than_nothing_and_a_month_at_most(
    authority: CertificateAuthority, lifetime: timedelta
) -> None:
    with pytest.raises(AuthorityError, match="cannot hold for"):
        authority.new_code("gate-1", lifetime)


def test_a_host_that_no_certificate_can_name_is_refused_before_anything_is_made(
    tmp_path: Path, clock: Hand
) -> None:
    with pytest.raises(AuthorityError, match="no host's name"):
        init_certificate_authority(tmp_path / "new", "green-court", clock, ["broker", "a host"])
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["+", "#", "up/+", "Gate", "", "a" * 64, "gate 1", "gate\n1", "../x"])
def test_a_name_that_a_broker_would_read_as_a_pattern_is_no_device(
    authority: CertificateAuthority, name: str
) -> None:
    with pytest.raises(AuthorityError):
        authority.new_code(name)


def test_what_a_request_asks_for_beyond_its_key_is_not_granted(authority: CertificateAuthority) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gate-1")])
    wish = x509.BasicConstraints(ca=True, path_length=None)
    request = x509.CertificateSigningRequestBuilder().subject_name(name).add_extension(wish, critical=True)
    data = request.sign(key(), hashes.SHA256()).public_bytes(Encoding.PEM)
    certificate = authority.enrol("gate-1", authority.new_code("gate-1"), data)
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [item.dotted_string for item in usage] == ["1.3.6.1.5.5.7.3.2"], "a client, and nothing else"


# --- renewal ---------------------------------------------------------------------------------------


def test_a_certificate_that_expired_while_offline_is_renewed_for_a_while(
    authority: CertificateAuthority, clock: Hand
) -> None:
    """FAULTS 36."""
    mine = key()
    old = authority.enrol("gate-1", authority.new_code("gate-1"), request_for("gate-1", mine))
    clock.at = old.not_valid_after_utc + GRACE - timedelta(days=1)
    request = request_for("gate-1", mine)
    new = authority.renew(pem(old), request, proof(mine, request))
    assert new.not_valid_after_utc > clock.at
    clock.at = old.not_valid_after_utc + GRACE + timedelta(days=1)
    with pytest.raises(AuthorityError, match="days ago"):
        authority.renew(pem(old), request, proof(mine, request))


@pytest.mark.parametrize("name", ["Gate 1", "", "gate/1", "g" * 64])
def test_there_is_no_code_for_what_cannot_be_a_device(authority: CertificateAuthority, name: str) -> None:
    with pytest.raises(AuthorityError, match="is not a device id"):
        authority.new_code(name)


@pytest.mark.parametrize("name", [*sorted(RESERVED), "central-1", "central-2-home-assistant"])
def test_no_device_is_called_as_a_service(authority: CertificateAuthority, name: str) -> None:
    with pytest.raises(AuthorityError, match="the name of a service"):
        authority.new_code(name)
    with pytest.raises(AuthorityError, match="the name of a service"):
        authority.enrol(name, "ABCD", request_for(name, key()))
    with pytest.raises(AuthorityError, match="the name of a service"):
        authority.enrol_invited(name, b"", request_for(name, key()), b"")


def test_a_device_that_is_called_as_a_service_from_before_is_not_renewed(
    authority: CertificateAuthority, tmp_path: Path, clock: Hand
) -> None:
    mine, folder = key(), tmp_path / "ca"
    signer = SigningAuthority(authority.certificate(DEVICES), read_key(folder / f"{DEVICES}-ca.key"))
    with pytest.raises(AuthorityError, match="the name of a service"):
        device_certificate(signer, "central", mine.public_key(), clock.at)


def test_the_keys_are_read_once(authority: CertificateAuthority, tmp_path: Path) -> None:
    for path in (tmp_path / "ca").glob("*-ca.key"):
        path.unlink()
    certificate = authority.enrol("gate-1", authority.new_code("gate-1"), request_for("gate-1", key()))
    assert name_of(certificate) == "gate-1"
    with pytest.raises(AuthorityError, match=r"devices-ca\.key"):
        open_certificate_authority(tmp_path / "ca", lambda: datetime.now(UTC))


def test_who_may_not_renew(authority: CertificateAuthority, tmp_path: Path, clock: Hand) -> None:
    mine, thief = key(), key()
    old = authority.enrol("gate-1", authority.new_code("gate-1"), request_for("gate-1", mine))
    other = authority.enrol("gate-2", authority.new_code("gate-2"), request_for("gate-2", thief))
    stranger = init_certificate_authority(tmp_path / "other", "green-court", clock)
    foreign = stranger.enrol("gate-1", stranger.new_code("gate-1"), request_for("gate-1", mine))
    request = request_for("gate-1", mine)
    for certificate, asked, by in (
        (old, request, thief),
        (other, request, thief),
        (foreign, request, mine),
        (old, request_for("gate-2", mine), mine),
    ):
        with pytest.raises(AuthorityError):
            authority.renew(pem(certificate), asked, proof(by, asked))
    assert authority.revoke(DEVICES, "gate-1") == 1
    with pytest.raises(AuthorityError, match="revoked"):
        authority.renew(pem(old), request, proof(mine, request))


def test_a_revoked_device_stays_on_a_list_that_grows(authority: CertificateAuthority, tmp_path: Path) -> None:
    first = authority.enrol("gate-1", authority.new_code("gate-1"), request_for("gate-1", key()))
    second = authority.enrol("gate-1", authority.new_code("gate-1"), request_for("gate-1", key()))
    other = authority.enrol("gate-2", authority.new_code("gate-2"), request_for("gate-2", key()))
    assert authority.revoke(DEVICES, "gate-1") == 2
    authority.revoke(DEVICES, "nobody")
    listed = x509.load_pem_x509_crl((tmp_path / "ca" / "devices.crl").read_bytes())
    assert listed.is_signature_valid(authority.certificate(DEVICES).public_key())  # type: ignore[arg-type]
    assert {item.serial_number for item in listed} == {first.serial_number, second.serial_number}
    assert other.serial_number not in {item.serial_number for item in listed}
    assert listed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 3


@pytest.mark.usefixtures("authority")
def test_an_authority_is_not_made_twice(tmp_path: Path, clock: Hand) -> None:
    before = (tmp_path / "ca" / "devices-ca.key").read_bytes()
    with pytest.raises(AuthorityError, match="could not be written"):
        init_certificate_authority(tmp_path / "ca", "other", clock)
    assert (tmp_path / "ca" / "devices-ca.key").read_bytes() == before


# --- enrolment over HTTPS --------------------------------------------------------------------------------


@dataclass
class Door:
    url: str
    authority: CertificateAuthority
    fingerprint: str


@contextmanager
def a_door(authority: CertificateAuthority, within: float) -> Iterator[Door]:
    """The real web application: uvicorn with TLS on a free port; a client has `within` seconds a step."""
    certificate, key_path = authority.issue_service("enrolment", ["127.0.0.1"])
    port = free_port()
    places = WaitingConnections(6, within, slowest=0.0)
    server = server_of(enrolment_app(authority), ("127.0.0.1", port), (certificate, key_path), places)
    thread = threading.Thread(target=places.run, args=(server,))
    thread.start()
    while not server.started:
        thread.join(0.02)
        assert thread.is_alive()
    yield Door(f"https://127.0.0.1:{port}", authority, fingerprint(authority.certificate(SERVICES)))
    server.should_exit = True
    thread.join(PATIENT)


@pytest.fixture
def opened(authority: CertificateAuthority) -> Iterator[Door]:
    with a_door(authority, WITHIN) as made:
        yield made


def test_a_device_enrols_with_a_code_and_a_fingerprint_and_renews(
    opened: Door, tmp_path: Path, clock: Hand
) -> None:
    identity = Identity(tmp_path / "device")
    code = opened.authority.new_code("gate-1")
    pinned = ":".join(re.findall("..", opened.fingerprint.upper()))
    certificate = enrol(identity, "gate-1", opened.url, code, pinned)
    assert name_of(certificate) == "gate-1"
    assert identity.key.stat().st_mode & 0o077 == 0
    assert read_certificate(identity.certificate) == certificate
    assert fingerprint(read_certificate(identity.services)) == opened.fingerprint
    with pytest.raises(AuthorityError, match="already enrolled"):
        enrol(identity, "gate-1", opened.url, code, pinned)

    assert not is_renewal_due(identity, clock.at + LIFETIME * 0.6)
    assert is_renewal_due(identity, clock.at + LIFETIME * 0.7)
    clock.at += LIFETIME * 2
    renewed = renew(identity, opened.url)
    assert renewed.not_valid_after_utc > clock.at
    assert read_certificate(identity.certificate) == renewed
    assert read_key(identity.key).public_key() == renewed.public_key()


def test_a_code_is_not_sent_to_an_authority_with_another_fingerprint(opened: Door, tmp_path: Path) -> None:
    code = opened.authority.new_code("gate-1")
    identity = Identity(tmp_path / "device")
    with pytest.raises(AuthorityError, match="fingerprint"):
        enrol(identity, "gate-1", opened.url, code, "00" * 32)
    assert not identity.certificate.exists()
    first = identity.key.read_bytes()
    enrol(identity, "gate-1", opened.url, code, opened.fingerprint)
    assert identity.key.read_bytes() == first, "the code was not used up, and the key stays"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://", "ftp://x", "https://127.0.0.1:1"])
def test_an_address_that_leads_nowhere_is_named(tmp_path: Path, url: str) -> None:
    with pytest.raises(AuthorityError, match=re.escape(url)):
        enrol(Identity(tmp_path / "device"), "gate-1", url, "A", "00")


def test_after_many_wrong_codes_every_client_has_to_wait(tmp_path: Path, opened: Door) -> None:
    told = []
    for number in range(30):
        identity = Identity(tmp_path / f"device-{number}")
        with pytest.raises(AuthorityError) as refusal:
            enrol(identity, "gate-1", opened.url, "AAAA", opened.fingerprint)
        told.append("wait a minute" in str(refusal.value))
    assert told == [False] * 20 + [True] * 10


def test_the_limit_of_refusals_is_over_after_a_minute() -> None:
    now = [0.0]
    limit = RefusalLimit(2, lambda: now[0])
    limit.count_refusal()
    limit.count_refusal()
    assert limit.is_exhausted()
    now[0] = 61.0
    assert not limit.is_exhausted()


def test_a_body_without_end_is_cut_off(opened: Door) -> None:
    assert answered(opened, b"x" * (MOST_BODY_BYTES * 4)) == 413


# --- who knocks and says nothing, or the wrong thing -------------------------------------------


def trusting(opened: Door) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=pem(opened.authority.certificate(SERVICES)).decode())


def answered(opened: Door, body: bytes, way: str = "/enrol") -> int:
    host, port = opened.url.removeprefix("https://").split(":")
    connection = http.client.HTTPSConnection(host, int(port), context=trusting(opened), timeout=PATIENT)
    with closing(connection):
        connection.request("POST", way, body)
        return connection.getresponse().status


def knocking(opened: Door, said: bytes, *, tls: bool = True) -> socket.socket:
    """A connection that has said so much, and says no more."""
    host, port = opened.url.removeprefix("https://").split(":")
    return knocked((host, int(port)), said, trusting(opened) if tls else None)


HALF_A_HEAD = b"POST /enrol HTTP/1.1\r\nHost: x\r\nX-Slow: "
HALF_A_BODY = b"POST /enrol HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{"


@pytest.mark.parametrize("said", [b"", HALF_A_HEAD, HALF_A_BODY])
def test_many_idle_connections_block_no_other_client(
    authority: CertificateAuthority, tmp_path: Path, said: bytes
) -> None:
    """A.8: 64 idle connections shut enrolment. Here there are 6 places, and 14 come."""
    with a_door(authority, within=600.0) as opened, ExitStack() as idle:
        for _ in range(14):
            idle.enter_context(knocking(opened, said))
        with sooner_than(600.0, "nobody's deadline is waited for"):
            enrol(
                Identity(tmp_path / "device"),
                "gate-1",
                opened.url,
                opened.authority.new_code("gate-1"),
                opened.fingerprint,
            )


def test_a_handshake_a_head_a_body_and_a_second_request_have_their_time(
    authority: CertificateAuthority,
) -> None:
    """All at once: each of them is waited for as long as the others."""
    within = 2.0
    began = time.monotonic()
    with a_door(authority, within) as opened, sooner_than(60.0), ExitStack() as opened_at_once:
        slow = [
            opened_at_once.enter_context(knocking(opened, said, tls=tls))
            for said, tls in (
                (b"", False),
                (b"\x16\x03\x01", False),
                (b"", True),
                (HALF_A_HEAD, True),
                (HALF_A_BODY, True),
                (b"GET /authority HTTP/1.1\r\nHost: x\r\n\r\nGET /auth", True),
            )
        ]
        for connection in slow:
            while not has_ended(connection):
                pass
    assert time.monotonic() - began >= within


STRANGE = [
    b"[" * 20_000,
    b"\xff\xfe",
    b'{"device":"\xff","code":"","request":""}',
    b'{"device":"gate-1","code":"\\ud800","request":"\\ud800"}',
    b'{"device":"gate-1\\u0000","code":"\\u0000","request":"-----BEGIN CERTIFICATE REQUEST-----"}',
    b'{"certificate":"-----BEGIN CERTIFICATE-----\\nAA==","request":"","proof":"AA=="}',
    b"",
]


@pytest.mark.longer
@pytest.mark.parametrize("body", STRANGE)
@pytest.mark.parametrize("way", ["/enrol", "/renew"])
def test_whatever_a_stranger_sends_is_refused_and_counted(opened: Door, body: bytes, way: str) -> None:
    expected = [403] * 20 + [429] if LONG or body == STRANGE[0] else [403, 403]
    assert [answered(opened, body, way) for _ in expected] == expected
