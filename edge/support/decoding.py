"""Decodes bytes that others wrote; anything wrong with them is one declared error.

Pure. The library raises three unrelated errors: its own, one for text that is not UTF-8, and one for nesting
that is too deep. Catching the first alone lets the others through, so nothing else here calls its decoders
(`tests/edge/support/test_decoding.py` sees to it).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from edge.errors import GatepostError
from edge.support.phrases import Said, phrase
from edge.support.toml_words import in_words

_Kind = TypeVar("_Kind")
_WRONG = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Undecodable(GatepostError):
    """The bytes are not of the kind expected."""


def json_of(
    data: bytes | str,
    kind: type[_Kind],
    where: str = "",
    *,
    dec_hook: Callable[[type, Any], Any] | None = None,
) -> _Kind:
    """The `kind` in JSON `data`; `dec_hook` makes what msgspec does not know. Raises Undecodable."""
    try:
        return msgspec.json.decode(data, type=kind, dec_hook=dec_hook)
    except _WRONG as error:
        raise Undecodable(
            phrase("not what is expected here: %(why)s", why=_described(error)), where=where
        ) from None


def msgpack_of(data: bytes, kind: type[_Kind], where: str = "") -> _Kind:
    """The `kind` in MessagePack `data`; raises Undecodable."""
    made: _Kind = msgpack_decoder(kind, where)(data)
    return made


def msgpack_decoder(kind: Any, where: str = "") -> Callable[[bytes | memoryview], Any]:
    """A reusable decoder of `kind` (a type or a union) from MessagePack; it raises Undecodable."""
    decoder = msgspec.msgpack.Decoder(kind)

    def decode(data: bytes | memoryview) -> Any:
        try:
            return decoder.decode(data)
        except _WRONG as error:
            raise Undecodable(
                phrase("not what is expected here: %(why)s", why=_described(error)), where=where
            ) from None

    return decode


def _described(error: Exception) -> Said:
    return phrase("nested too deep") if isinstance(error, RecursionError) else in_words(error)
