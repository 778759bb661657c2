"""values.json: the one encoding of a value, and what else could be taken for it.

Deterministic CBOR. `values`: the value and its one encoding. `reals`: a number (JSON's notation) and the
bytes that stand for it, a byte string. `refused`: encodings that no reader takes, whatever the field.
`refused_reals`, `refused_times`: well-formed items that are no real number, no time.
"""

from __future__ import annotations

import struct
import sys
from typing import Any

from edge.signing.cose import encode_value
from edge.signing.cose.fields import EARLIEST, LATEST
from tests.protocol.vectors.notation import about, shown

_PLAIN: dict[str, Any] = {
    "the largest number in the head": 23,
    "the least number in one byte": 24,
    "in two bytes": 256,
    "in four bytes": 65536,
    "in eight bytes": 2**32,
    "the largest sequence": 2**63 - 1,
    "below zero": -1,
    "the earliest time": EARLIEST,
    "the latest time": LATEST,
    "null": None,
    "true": True,
    "bytes": bytes(range(24)),
    "text is UTF-8, as it is": "李娜",
    "keys in the order of their bytes, so shorter ones first": {"b": 1, "aa": 2, "a": 3},
    "an array in its order": [3, 1, 2],
    "no array": [],
}
_REALS = (
    0.0,
    -0.0,
    1.0,
    0.1,
    -1.5,
    37.3,
    65504.0,
    65520.0,
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
)
_OTHER = {
    "a number with a longer head": "1817",
    "a number in two bytes that needs one": "190018",
    "a length with a longer head": "580100",
    "keys out of order": "a2626161016162 02",
    "keys out of order, the longer one first": "a262616101616202",
    "the same key twice": "a2616101616101",
    "an array of indefinite length": "9f01ff",
    "a map of indefinite length": "bf616101ff",
    "bytes in pieces": "5f4101ff",
    "a floating point number of 16 bits (65504.0)": "f97bff",
    "a floating point number of 32 bits": "fa47800000",
    "a floating point number of 64 bits": "fb3ff0000000000000",
    "a tag (time as a tagged number)": "c11a65e3c400",
    "undefined": "f7",
    "a simple value": "e0",
    "a large number as tagged bytes": "c2430100 00",
    "an integer beyond 64 bits with a sign": "1b8000000000000000",
    "one below them": "3b8000000000000000",
    "text that is not UTF-8": "62fffe",
    "cut off": "6261",
    "two items": "0101",
    "nothing": "",
}
_NO_REALS = {
    "minus zero": struct.pack(">d", -0.0),
    "infinity": struct.pack(">d", float("inf")),
    "minus infinity": struct.pack(">d", float("-inf")),
    "not a number": bytes.fromhex("7ff8000000000000"),
    "four bytes": struct.pack(">f", 1.0),
}
_NO_TIMES = {
    "a microsecond too early": EARLIEST - 1,
    "a microsecond too late": LATEST + 1,
    "the year 10000": 253_402_300_800_000_000,
}


def vectors() -> dict[str, Any]:
    return {
        "about": about(sys.modules[__name__]),
        "values": [
            {"name": name, "value": shown(value), "bytes": encode_value(value).hex()}
            for name, value in _PLAIN.items()
        ],
        "reals": [{"real": repr(number), "bytes": encode_value(number).hex()} for number in _REALS],
        "refused": [{"name": name, "bytes": text.replace(" ", "")} for name, text in _OTHER.items()],
        "refused_reals": [
            {"name": name, "bytes": encode_value(data).hex()} for name, data in _NO_REALS.items()
        ],
        "refused_times": [
            {"name": name, "value": shown(at), "bytes": encode_value(at).hex()}
            for name, at in _NO_TIMES.items()
        ],
    }
