"""`gatepost code verify`: raw text in, one JSON object a code out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import segno
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from edge.cli.code import read, verify
from edge.credentials.own_pass import PassClaims, issue
from edge.errors import GatepostError
from tests.keys import ed25519

AT = "2021-06-01T12:00:00Z"


@pytest.fixture
def trust(tmp_path: Path, country: Any, rsa_country: Any, card_maker: Any) -> Path:
    folder = tmp_path / "trust"
    (folder / "cards").mkdir(parents=True)
    (folder / "austria.der").write_bytes(country.certificate)
    pem = x509.load_der_x509_certificate(rsa_country.certificate).public_bytes(serialization.Encoding.PEM)
    (folder / "rsa.pem").write_bytes(b"Some words before\n" + pem)
    (folder / "cards" / "jwks.json").write_text(json.dumps(card_maker.key_set()))
    return folder


def run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes | str, **options: Any
) -> list[Any]:
    file = tmp_path / "code.txt"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    verify(text_file=file, json=True, **options)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(line["input"] == str(file) for line in lines)
    return lines


def test_one_object_a_code(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    trust: Path,
    country: Any,
    rsa_country: Any,
    card_maker: Any,
) -> None:
    codes = [country.code(), rsa_country.code(), card_maker.code(), "https://qr.alipay.com/x", "hello"]
    lines = run(capsys, tmp_path, "\r\n".join(codes) + "\n", trust=trust, at=AT)
    assert [(line["kind"], line["verdict"]) for line in lines] == [
        ("eu_dcc", "genuine"),
        ("eu_dcc", "genuine"),
        ("smart_health_card", "genuine"),
        ("payment_code", "not_a_pass"),
        ("unknown", "not_a_pass"),
    ]
    assert [line["text"] for line in lines] == codes
    assert lines[0]["claims"]["certificate"]["nam"]["fnt"] == "MUSTERFRAU"
    assert {"input", "text", "kind", "verdict", "reason", "claims"} <= lines[0].keys()


@pytest.mark.parametrize(
    ("content", "verdict", "reason"),
    [
        (b"", "not_a_pass", "unknown_kind"),
        (b"\xff\xfe\x00", "not_a_pass", "unknown_kind"),
        (b"HC1:\xff\xfe", "unreadable", "base45"),
        (b"HC1:" + b"A" * 4_000, "unreadable", "base45"),
        (b"GP1:\x00\x00", "unreadable", "claims"),
        (b"A" * 5_000, "not_a_pass", "too_long"),
    ],
)
def test_bad_input(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, verdict: str, reason: str
) -> None:
    (line,) = run(capsys, tmp_path, content)
    assert (line["verdict"], line["reason"], line["claims"]) == (verdict, reason, {})


def test_the_time_counts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, trust: Path, country: Any
) -> None:
    for at, verdict in (("2021-05-01", "not_yet_valid"), ("2023-01-01T00:00:00+08:00", "expired")):
        (line,) = run(capsys, tmp_path, country.code(), trust=trust, at=at)
        assert line["verdict"] == verdict


def test_own_passes_by_the_site_s_public_key(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    key = ed25519()
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "pass.pem").write_bytes(pem)
    text = issue(PassClaims("riverside", "li", "00" * 8, datetime(2021, 1, 1, tzinfo=UTC)), key)
    (line,) = run(capsys, tmp_path, text, trust=tmp_path / "pass.pem")
    assert (line["kind"], line["verdict"], line["claims"]["subject"]) == ("own_pass", "genuine", "li")
    (line,) = run(capsys, tmp_path, text, trust=tmp_path / "pass.pem", site="hillside")
    assert (line["verdict"], line["reason"]) == ("untrusted_issuer", "other_site")
    (line,) = run(capsys, tmp_path, text)
    assert line["verdict"] == "untrusted_issuer"


def test_what_holds_no_key_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, trust: Path, country: Any
) -> None:
    (trust / "notes.txt").write_text("nothing here")
    (trust / "broken.der").write_bytes(b"\x30\x82\x00")
    (trust / "broken.json").write_bytes(b"{" * 5_000)
    (tmp_path / "code.txt").write_text(country.code())
    verify(text_file=tmp_path / "code.txt", trust=trust, at=AT, json=True)
    shown = capsys.readouterr()
    assert json.loads(shown.out)["verdict"] == "genuine"
    assert all(name in shown.err for name in ("notes.txt", "broken.der", "broken.json"))


def test_what_cannot_be_asked_is_said(tmp_path: Path) -> None:
    (tmp_path / "code.txt").write_text("x")
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"text_file": tmp_path / "none"}, "none: cannot be read"),
        ({"text_file": tmp_path / "code.txt", "trust": tmp_path / "none"}, "no such file"),
        ({"text_file": tmp_path / "code.txt", "at": "noon"}, "is not a time"),
    )
    for options, words in wrong:
        with pytest.raises(GatepostError, match=words):
            verify(**options)


def test_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path, trust: Path, country: Any) -> None:
    (tmp_path / "code.txt").write_text(country.code())
    verify(text_file=tmp_path / "code.txt", trust=trust, at=AT)
    assert "genuine" in capsys.readouterr().out


# --- from pictures ----------------------------------------------------------------------------------


def picture_of(folder: Path, name: str, text: str) -> Path:
    segno.make_qr(text, error="l").save(str(folder / name), scale=4)
    return folder / name


def test_codes_in_pictures(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, trust: Path, country: Any, card_maker: Any
) -> None:
    digits = card_maker.code()[5:]
    half = len(digits) // 2
    pictures = [
        picture_of(tmp_path, "dcc.png", country.code()),
        picture_of(tmp_path, "second.png", f"shc:/2/2/{digits[half:]}"),
        picture_of(tmp_path, "first.png", f"shc:/1/2/{digits[:half]}"),
    ]
    assert read(pictures, trust=trust, at=AT, json=True) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(Path(line["input"]).name, line["kind"], line["verdict"]) for line in lines] == [
        ("dcc.png", "eu_dcc", "genuine"),
        ("second.png", "smart_health_card", "genuine"),
        ("first.png", "smart_health_card", "genuine"),
    ]


def test_pictures_without_a_code_are_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG no more")
    white = tmp_path / "white.ppm"
    white.write_bytes(b"P6 64 64 255\n" + b"\xff" * 64 * 64 * 3)
    good = picture_of(tmp_path, "good.png", "hello")
    assert read([tmp_path / "broken.png", white, good, tmp_path / "none.png"], json=True) == 1
    shown = capsys.readouterr()
    assert [json.loads(line)["text"] for line in shown.out.splitlines()] == ["hello"]
    problems = {Path(item["where"]).name: item["error"] for item in map(json.loads, shown.err.splitlines())}
    assert set(problems) == {"broken.png", "white.ppm", "none.png"}
    assert problems["white.ppm"].startswith("no code")
