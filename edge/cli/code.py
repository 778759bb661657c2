"""`gatepost code`: what is this code, and is it genuine? From pictures or from text, offline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import cyclopts
from cyclopts import Parameter
from rich.text import Text

from edge.admin.lists import IssuerListAdmin
from edge.admin.site_admin import open_site_admin
from edge.cli.answers import Json, complain, objects
from edge.cli.files_to_read import ToRead
from edge.cli.terminal import console
from edge.credentials.carried import OTHER_SYMBOL
from edge.credentials.classifier import parse_scene
from edge.credentials.code import HEALTH_CERTIFICATES, CodeReading, CodeTrust
from edge.credentials.own_pass import MOST_CHARACTERS
from edge.credentials.trust_files import TrustBuilder
from edge.decision import ClockTrust, PassVerdict, WallTime
from edge.errors import ConfigurationError, CredentialError, VisionError
from edge.support.escaping import escaped
from edge.vision.codes.factory import open_reader
from edge.vision.codes.reader import RETRIES, CodeReader, Variant, grey_of
from edge.vision.configuration import CodeReaderName
from edge.vision.pictures.reading import read_picture

app = cyclopts.App(name="code", help="Say what a scanned code is and whether it is genuine.")

Trust = Annotated[
    Path | None,
    ToRead,
    Parameter(
        help="Certificates (PEM, DER), JWK sets, directories, pass keys: a file, a folder, or a site's."
    ),
]
At = Annotated[str | None, Parameter(help="The time to judge by (ISO 8601; by default now).")]
Site = Annotated[str | None, Parameter(help="The id of the site whose own passes count.")]

_MOST_TEXT_BYTES = 1 << 18
_MOST_TRUST_FILE_BYTES = 32 << 20


@app.command
def verify(
    *,
    text_file: Annotated[Path, ToRead, Parameter(help="The text of one code, or one code a line.")],
    trust: Trust = None,
    at: At = None,
    site: Site = None,
    json: Json = False,
) -> None:
    """Verify codes by their text, and say what they are worth.

    Example: gatepost code verify --text-file codes.txt --trust trust/
    """
    texts = _texts(text_file)
    readings = parse_scene(texts, _trust(trust, site, json=json), _wall(at))
    _show(
        [(escaped(str(text_file)), text, reading) for text, reading in zip(texts, readings, strict=True)],
        json=json,
    )


@app.command
def read(
    pictures: Annotated[list[Path], Parameter(name="PICTURE", help="Pictures with codes in them.")],
    /,
    *,
    trust: Trust = None,
    at: At = None,
    site: Site = None,
    json: Json = False,
) -> int:
    """Read the codes in pictures and say what they are worth; chunks of a card may be in several pictures.

    A picture that cannot be read, or holds no code, is named on standard error, and the exit code is 1.

    Example: gatepost code read certificate.png --trust trust/
    """
    reader = open_reader(CodeReaderName.ZXING)
    found: list[tuple[str, str]] = []
    failed = False
    for picture in pictures:
        try:
            texts = _codes_in(picture, reader)
        except VisionError as error:
            texts, failed = [], True
            complain(error, json=json)
        else:
            why = _not_read(texts)
            if why:
                failed = True
                complain(why, where=str(picture), json=json)
        found += [(escaped(str(picture)), text) for text in texts]
    readings = parse_scene([text for _, text in found], _trust(trust, site, json=json), _wall(at))
    _show([(source, text, one) for (source, text), one in zip(found, readings, strict=True)], json=json)
    return int(failed)


def certificate_in(path: Path, trust: CodeTrust, now: datetime) -> CodeReading:
    """The one genuine health certificate in a picture or a file of text; raises CredentialError."""
    try:
        texts = _codes_in(path, open_reader(CodeReaderName.ZXING))
    except VisionError:
        texts = _texts(path)
    readings = parse_scene(texts, trust, WallTime(now, ClockTrust.TRUSTED))
    found = [reading for reading in readings if reading.kind in HEALTH_CERTIFICATES]
    if len({reading.kind for reading in found}) != 1:
        raise CredentialError("holds no health certificate, or several", where=str(path))
    if found[0].verdict is not PassVerdict.GENUINE:
        why = ": ".join(part for part in (found[0].reason.value, found[0].detail) if part)
        raise CredentialError(
            f"holds a certificate that is {found[0].verdict.value}: {why}",
            where=str(path),
            remedy="gatepost trust import its issuer",
        )
    return found[0]


def _codes_in(path: Path, reader: CodeReader) -> list[str]:
    """The codes of a picture, through one retry variant after another until one shows any."""
    grey = grey_of(read_picture(path))
    for variant in (Variant.AS_IS, *RETRIES):
        sightings = reader.read_codes(grey, variant)
        if sightings:
            return [sighting.text for sighting in sightings]
    return []


def _not_read(texts: list[str]) -> str:
    """Why no QR code was read in a picture that shows `texts`, and what to do; empty where one was."""
    if not texts:
        return "no code found (come closer, hold still)"
    if all(text.startswith(OTHER_SYMBOL) for text in texts):
        kinds = ", ".join(dict.fromkeys(text.removeprefix(OTHER_SYMBOL) for text in texts))
        return f"{kinds}: this is another kind of code (show a QR code)"
    return ""


def _texts(path: Path) -> list[str]:
    """The codes in a file, one a line; bytes that are not UTF-8 stay visible as such."""
    lines = _bytes_of(path, _MOST_TEXT_BYTES).decode("utf-8", errors="replace").split("\n")
    codes = [line.removesuffix("\r") for line in lines]
    return [code for code in codes if code] or [""]


def _bytes_of(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise ConfigurationError(
            f"cannot be read: {error.strerror}", where=str(path), remedy="name a readable file"
        ) from None
    if len(data) > most:
        raise ConfigurationError(f"larger than {most} bytes", where=str(path), remedy="name another file")
    return data


def _trust(path: Path | None, site: str | None, *, json: bool) -> CodeTrust:
    """All keys in a file, or in a folder and those below it; files that hold none are named on stderr.

    Of a site's own folder its public pass key and the issuers that it imported count, and what it revoked.
    """
    if path is not None and (path / "site.toml").is_file():
        trust = IssuerListAdmin(open_site_admin(path)).trust()
        return trust if site is None else replace(trust, passes=replace(trust.passes, site=site))
    builder = TrustBuilder(site)
    if path is None:
        return builder.trust()
    if not path.exists():
        raise ConfigurationError("no such file or folder", where=str(path), remedy="give --trust a folder")
    for file in _files(path):
        try:
            builder.add(_bytes_of(file, _MOST_TRUST_FILE_BYTES))
        except CredentialError as error:
            complain(f"not taken: {error}", where=str(file), json=json)
    return builder.trust()


def _files(path: Path) -> Iterable[Path]:
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def _wall(at: str | None) -> WallTime:
    try:
        instant = datetime.now(UTC) if at is None else datetime.fromisoformat(at)
    except ValueError:
        raise ConfigurationError(
            f"{at!r} is not a time", where="--at", remedy="write it like 2021-06-01T12:00:00Z"
        ) from None
    return WallTime(instant if instant.tzinfo else instant.replace(tzinfo=UTC), ClockTrust.TRUSTED)


def _show(found: list[tuple[str, str, CodeReading]], *, json: bool) -> None:
    if json:
        objects(_fields(*item) for item in found)
        return
    out = console()
    for source, text, reading in found:
        style = "green" if reading.verdict is PassVerdict.GENUINE else "red"
        why = ": ".join(part for part in (reading.reason.value, reading.detail) if part)
        out.print(Text(source, "bold"), Text(reading.kind.value), Text(reading.verdict.value, style))
        out.print(Text(f"  {why}" if why else "  signature, time and issuer are in order"))
        out.print(Text(escaped(f"  {text[:60]}{'…' if len(text) > 60 else ''}"), "dim"))


_PLAIN = {
    PassVerdict.NOT_FRESH: PassVerdict.EXPIRED,
    PassVerdict.OTHER_SITE: PassVerdict.UNTRUSTED_ISSUER,
    PassVerdict.TOO_LONG: PassVerdict.NOT_A_PASS,
}
"""Programs are told one of eight verdicts; the reason beside it keeps what was finer."""


def _fields(source: str, text: str, reading: CodeReading) -> dict[str, Any]:
    return {
        "input": source,
        "text": text[:MOST_CHARACTERS],
        "kind": reading.kind,
        "verdict": _PLAIN.get(reading.verdict, reading.verdict),
        "reason": reading.reason,
        "detail": reading.detail,
        "claims": reading.claims,
    }
