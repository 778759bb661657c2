"""Feeds mutated codes to every parser: nothing but a verdict may come out, at once and in little memory.

    python tests/edge/credentials/fuzz.py [-max_total_time=60] [-runs=100000] [corpus folder]

Needs `atheris` (pip install atheris), which is no dependency of the tests. An exception, a second for one
input or 512 MB end it, and the input is written to a file.
"""

from __future__ import annotations

import sys
import zlib
from datetime import UTC, datetime
from typing import Any

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

with atheris.instrument_imports():
    import cbor2

    from edge.credentials import trust_files
    from edge.credentials.certificates import uvci_of
    from edge.credentials.certificates.foreign_cose import cbor_map, parse_foreign
    from edge.credentials.classifier import parse_scene
    from edge.credentials.code import CodeTrust
    from edge.credentials.encodings.base45_text import encode_base45
    from edge.credentials.health import certificate_of
    from edge.credentials.own_pass import own_pass
    from edge.credentials.trust import PassTrust
    from edge.credentials.trust_lists import verify_revocations, verify_trust_list
    from edge.decision import ClockTrust, PassVerdict, WallTime
    from edge.errors import CredentialError
    from edge.signing.cose import sign1

WALL = WallTime(datetime(2021, 6, 1, tzinfo=UTC), ClockTrust.TRUSTED)
KEYS = {b"\x00" * 8: b"\x01" * 32}
TRUST = CodeTrust(PassTrust("riverside", KEYS))


def _texts(data: bytes) -> list[str]:
    """The same bytes as every kind of code, so that the fuzzer reaches behind the wrappings."""
    packed = zlib.compress(data)
    message = cbor2.dumps(cbor2.CBORTag(18, [data[:64], {}, data[64:], b"\x00" * 64]))
    return [
        data.decode("utf-8", "surrogateescape"),
        own_pass.PREFIX + encode_base45(data),
        own_pass.PREFIX + encode_base45(message),
        "GPD1:" + encode_base45(data),
        "HC1:" + encode_base45(data),
        "HC1:" + encode_base45(packed),
        "HC1:" + encode_base45(zlib.compress(message)),
        "shc:/" + "".join(f"{byte % 100:02d}" for byte in data),
    ]


def one_input(data: bytes) -> None:
    for reading in parse_scene(_texts(data), TRUST, WALL):
        if reading.verdict is PassVerdict.GENUINE or reading.claims:
            raise AssertionError(f"nothing was signed, yet: {reading}")
    refused: tuple[Any, ...] = (
        lambda: own_pass.claims_of(data),
        lambda: sign1.parse(data, most_payload_bytes=4_096),
        lambda: parse_foreign(data),
        lambda: certificate_of(cbor_map(data, own_pass.LIMITS)),
        lambda: uvci_of(data.decode("utf-8", "replace")),
        lambda: verify_trust_list(data, KEYS, WALL, 0),
        lambda: verify_revocations(data, KEYS, WALL),
        lambda: trust_files.TrustBuilder().add(data),
    )
    for parse in refused:
        try:
            parse()
        except CredentialError:
            continue


if __name__ == "__main__":
    atheris.Setup([*sys.argv, "-timeout=1", "-rss_limit_mb=512", "-max_len=4096"], one_input)
    atheris.Fuzz()
