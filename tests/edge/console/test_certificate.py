"""The console's certificate: for the names of the local network, not for longer than browsers take, and
renewed with the same key. A console that shows it answers over TLS, and says so.
"""

from __future__ import annotations

import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from edge.configuration import ConsoleSection
from edge.console.certificate import (
    LASTS,
    RENEWED_BEFORE,
    Certificate,
    local_names,
    make_certificate,
    read_certificate,
)
from edge.console.running import served_console
from edge.errors import GatepostError
from tests.waiting import PATIENT

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
NAMES = ("east-gate.local", "192.168.1.20", "127.0.0.1", "fd00::20", "localhost")


def test_it_is_for_names_and_addresses_and_ends_in_time(tmp_path: Path) -> None:
    file, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = make_certificate(file, key, NAMES, NOW)
    read = x509.load_pem_x509_certificate(file.read_bytes())
    assert read.not_valid_before_utc < NOW < read.not_valid_after_utc
    assert read.not_valid_after_utc - read.not_valid_before_utc <= timedelta(days=397)
    assert set(made.names) == set(NAMES)
    assert key.stat().st_mode & 0o777 == 0o600
    assert read_certificate(file, key) == made
    assert made.fingerprint.count(":") == 31


@given(days=st.integers(0, 500))
def test_it_is_renewed_before_it_ends_and_not_at_once(days: int) -> None:
    until = NOW + LASTS
    due = Certificate("", (), until).is_due(NOW + timedelta(days=days))
    assert due is (NOW + timedelta(days=days) >= until - RENEWED_BEFORE)


def test_a_renewed_one_has_the_same_key(tmp_path: Path) -> None:
    file, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    before = make_certificate(file, key, NAMES, NOW)
    first = x509.load_pem_x509_certificate(file.read_bytes()).public_key()
    after = make_certificate(file, key, before.names, NOW + LASTS)
    assert x509.load_pem_x509_certificate(file.read_bytes()).public_key() == first
    assert after.fingerprint != before.fingerprint
    assert after.names == before.names


def test_this_computer_has_a_name_at_least() -> None:
    assert local_names("East-Gate.lan")[:2] == ("east-gate.local", "east-gate")


@pytest.mark.parametrize("harm", ["missing", "noise", "another key", "shared"])
def test_what_is_wrong_with_the_files_is_said_with_what_to_do(tmp_path: Path, harm: str) -> None:
    file, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    make_certificate(file, key, NAMES, NOW)
    if harm == "missing":
        file.unlink()
    elif harm == "noise":
        key.write_bytes(b"noise")
    elif harm == "another key":
        make_certificate(tmp_path / "other.pem", tmp_path / "other-key.pem", NAMES, NOW)
        (tmp_path / "other-key.pem").rename(key)
    else:
        key.chmod(0o640)
    with pytest.raises(GatepostError) as refused:
        read_certificate(file, key)
    assert str(tmp_path) in str(refused.value)
    assert refused.value.remedy


def test_over_tls_it_is_shown_and_the_cookie_and_the_headers_know(tmp_path: Path) -> None:
    file, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    made = make_certificate(file, key, NAMES, datetime.now(UTC))
    section = ConsoleSection(listen="https://127.0.0.1:0", certificate=file, key=key, language="en")
    trusted = ssl.create_default_context(cafile=str(file))
    with served_console(section, tmp_path / "away.sock", "East gate") as server:
        assert server.address.startswith("https://127.0.0.1:")
        with closing(httpx.Client(verify=trusted, trust_env=False, timeout=PATIENT)) as client:
            answer = client.get(f"{server.address}/sign-in")
            assert "max-age=" in answer.headers["strict-transport-security"]
            out = client.post(f"{server.address}/sign-out", headers={"sec-fetch-site": "same-origin"})
            assert out.status_code == 503, "the gate is away"
            named = client.get(f"{server.address}/sign-in", headers={"host": "east-gate.local:8443"})
            assert named.status_code != 400
            # A renewed one is taken up without a restart: who connects from now on sees it.
            make_certificate(file, key, made.names, datetime.now(UTC))
            server.take_certificate()
        shown = ssl.get_server_certificate(("127.0.0.1", int(server.address.rpartition(":")[2])))
        assert shown.strip() == file.read_text().strip()
