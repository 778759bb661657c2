"""What it costs to judge a code, beside what it costs to find it in a picture. One thread.

    python tests/bench/bench_credentials.py [runs]

EU certificates and SMART Health Cards are taken from ../shared/data where it is; without it their rows
are left out, and it says so.
"""

from __future__ import annotations

import base64
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import segno
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.credentials.classifier import parse_any
from edge.credentials.code import CodeTrust
from edge.credentials.own_pass import PassClaims, issue
from edge.credentials.own_pass.dynamic_pass import prove
from edge.credentials.trust import PassTrust, Revocations, delta_between, hash_of, revocations
from edge.credentials.trust.issuers import issuer_keys
from edge.credentials.trust_lists import card_keys_of, signer_of
from edge.decision import ClockTrust, PassVerdict, WallTime
from edge.signing.cose import key_id_of
from edge.vision.codes.factory import open_reader
from edge.vision.codes.reader import CodeReader, Variant
from edge.vision.configuration import CodeReaderName

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
Row = tuple[str, str, CodeTrust, WallTime]


def own_rows() -> list[Row]:
    now = datetime.now(UTC).replace(microsecond=0)
    key, phone = Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes_raw()
    trust = CodeTrust(PassTrust("riverside", {key_id_of(public): public}))
    wall = WallTime(now, ClockTrust.TRUSTED)
    window = (now - timedelta(hours=1), now + timedelta(hours=1))

    def text(face: bytes | None = None, holder: bytes | None = None) -> str:
        return issue(
            PassClaims(
                "riverside",
                "3-2-1201-li",
                "0011223344556677",
                now,
                valid_from=window[0],
                valid_until=window[1],
                face_commitment=face,
                holder_key=holder,
            ),
            key,
        )

    point = phone.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return [
        ("own pass", text(), trust, wall),
        ("own pass, face-bound", text(face=bytes(32)), trust, wall),
        ("own pass on a phone", prove(text(holder=point), now, phone), trust, wall),
    ]


def shared_rows() -> list[Row]:
    if not SHARED.is_dir():
        print(f"no pictures and codes at {SHARED}: rows of other issuers are left out")
        return []
    content = json.loads((SHARED / "dcc/AT/2DCode/raw/1.json").read_text("utf-8-sig"))
    context = content["TESTCTX"]
    signer = signer_of(base64.b64decode(context["CERTIFICATE"]))
    wall = WallTime(datetime.fromisoformat(context["VALIDATIONCLOCK"]), ClockTrust.TRUSTED)
    folder = SHARED / "shc" / "examples"
    cards = card_keys_of(json.loads((folder / "issuer/.well-known/jwks.json").read_text()))
    card = (folder / "example-00-f-qr-code-numeric-value-0.txt").read_text()
    site = PassTrust("riverside")
    now = WallTime(datetime.now(UTC), ClockTrust.TRUSTED)
    return [
        ("EU certificate", content["PREFIX"], CodeTrust(site, issuer_keys([signer], [])), wall),
        ("SMART Health Card", card, CodeTrust(site, issuer_keys([], cards)), now),
    ]


def measured(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(1_000 * (time.perf_counter() - start))
    return statistics.median(times), sorted(times)[int(0.95 * len(times))]


def line(row: Row, reader: CodeReader, runs: int) -> str:
    name, text, trust, wall = row
    if parse_any(text, trust, wall).verdict is not PassVerdict.GENUINE:
        raise SystemExit(f"{name}: not genuine, so there is nothing to measure")
    code = segno.make(text, error="m" if len(text) < 2_000 else "l", boost_error=False)
    modules = np.asarray([list(line) for line in code.matrix_iter(border=4)], dtype=np.uint8)
    picture = np.kron(255 * (1 - modules), np.ones((4, 4), dtype=np.uint8)).astype(np.uint8)
    if [found.text for found in reader.read_codes(picture, Variant.AS_IS)] != [text]:
        raise SystemExit(f"{name}: its picture does not read back")
    judge = measured(lambda: parse_any(text, trust, wall), runs)
    find = measured(lambda: reader.read_codes(picture, Variant.AS_IS), max(20, runs // 10))
    return (
        f"{name:<22}{len(text):>6}{code.version:>5}{judge[0]:>10.3f}{judge[1]:>8.3f}"
        f"{find[0]:>10.2f}{find[1]:>8.2f}   {picture.shape[1]}×{picture.shape[0]}"
    )


def revocation_line() -> str:
    count = 100_000
    held = revocations(hash_of(str(number)) for number in range(count))
    asked = [f"URN:UVCI:01:AT:{number:032X}" for number in range(1_000)]
    best, _ = measured(lambda: [identifier in held for identifier in asked], 50)
    wire = len(delta_between(Revocations(), Revocations(1, held.hashes)).added)
    memory = held.hashes.buffer_info()[1] * held.hashes.itemsize
    return (
        f"{count:,} revocations: {memory:,} bytes held, {wire:,} on the wire, "
        f"{best:.2f} µs a look-up (its SHA-256 included)"
    )


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    reader = open_reader(CodeReaderName.ZXING)
    print(f"{'':<22}{'chars':>6}{'QR':>5}{'judge ms':>10}{'p95':>8}{'find ms':>10}{'p95':>8}   picture")
    for row in own_rows() + shared_rows():
        print(line(row, reader, runs))
    print(revocation_line())


if __name__ == "__main__":
    main()
