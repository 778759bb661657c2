"""The encodings that codes come in: base45, NumericDate, and bytes of strangers decoded with one declared
error. PURE.
"""

from edge.credentials.encodings.base45_text import decode_base45, encode_base45
from edge.credentials.encodings.decoding import json_of
from edge.credentials.encodings.numeric_date import LATEST_SECOND, instant_of

__all__ = [
    "LATEST_SECOND",
    "decode_base45",
    "encode_base45",
    "instant_of",
    "json_of",
]
