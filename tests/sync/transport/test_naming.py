"""A broker that hangs up says nothing; what this end knows of its own certificate does."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from sync.ca.certificate_authority import init_certificate_authority
from sync.ca.certificates import request_for
from sync.ca.files import make_key
from sync.transport import amqp_naming
from sync.transport.amqp_naming import name_failure
from sync.transport.broker import Broker
from sync.transport.core import LinkCause
from sync.transport.naming import name_error, name_hang_up


@pytest.fixture(params=[-100, 0, 10], ids=["expired", "valid", "young"])
def held(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Broker, LinkCause | None]:
    """A broker for which this end holds a certificate of so many days later than now, and what that is."""
    made_at = datetime.now(UTC) + timedelta(days=request.param)
    authority = init_certificate_authority(tmp_path / "authority", "green-court", lambda: made_at)
    key = make_key(tmp_path / "key")
    made = authority.enrol("main", authority.new_code("main"), request_for("main", key))
    (tmp_path / "certificate").write_bytes(made.public_bytes(Encoding.PEM))
    ca = tmp_path / "authority" / "services-ca.pem"
    there = Broker("127.0.0.1", 8883, ca, tmp_path / "certificate", tmp_path / "key")
    return there, {-100: LinkCause.OWN_EXPIRED, 0: None, 10: LinkCause.OWN_TOO_YOUNG}[request.param]


def test_a_broker_that_hangs_up_is_taken_to_mind_the_time(
    held: tuple[Broker, LinkCause | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    there, wrong = held
    assert name_hang_up(there).cause is (wrong or LinkCause.HUNG_UP)
    monkeypatch.setattr(amqp_naming, "name_handshake", lambda _: None)
    assert name_failure(ConnectionResetError("reset"), there).cause is (wrong or LinkCause.LOST)


@pytest.mark.parametrize(
    ("alert", "said"),
    [
        ("SSLV3_ALERT_BAD_CERTIFICATE", LinkCause.OWN_CERTIFICATE),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", LinkCause.OWN_EXPIRED),
        ("TLSV1_ALERT_UNKNOWN_CA", LinkCause.OWN_UNKNOWN),
    ],
)
def test_an_alert_that_may_be_about_the_time_is(
    held: tuple[Broker, LinkCause | None], alert: str, said: LinkCause
) -> None:
    """OpenSSL's word for "not valid yet" is "bad certificate", that of RabbitMQ "certificate expired"."""
    there, wrong = held
    error = ssl.SSLError(1, "alert")
    error.reason = alert
    named = name_error(error, there)
    assert named.cause is (said if said is LinkCause.OWN_UNKNOWN else wrong or said)
    assert (named.cause is LinkCause.OWN_TOO_YOUNG) is ("is valid from" in named.text)
