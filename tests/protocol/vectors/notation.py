"""How vectors write what JSON has no word for, and the keys that they are signed with."""

from __future__ import annotations

from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_SAFE = 2**53 - 1


def key(number: int) -> Ed25519PrivateKey:
    """The key whose 32 secret bytes count up from `number`."""
    return Ed25519PrivateKey.from_private_bytes(bytes(range(number, number + 32)))


def secret(number: int) -> str:
    """The secret bytes of `key(number)`, in hexadecimal."""
    return bytes(range(number, number + 32)).hex()


def public(number: int) -> bytes:
    """The public bytes of `key(number)`."""
    return key(number).public_key().public_bytes_raw()


def about(told: Any) -> str:
    """The second paragraph of a docstring: what a file of vectors says of itself."""
    return " ".join((told.__doc__ or "").split("\n\n", 1)[1].split())


def shown(value: Any) -> Any:
    """A value of CBOR as JSON: bytes as {"$hex"}, integers that JSON's readers would round as {"$int"}."""
    if isinstance(value, bytes):
        return {"$hex": value.hex()}
    if type(value) is int and abs(value) > _SAFE:
        return {"$int": str(value)}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    return _shown_map(value) if isinstance(value, dict) else value


def _shown_map(value: dict[Any, Any]) -> dict[str, Any]:
    if all(type(name) is str for name in value):
        return {name: shown(item) for name, item in value.items()}
    return {"$map": [[shown(name), shown(item)] for name, item in value.items()]}


def decoded(data: bytes) -> Any:
    """The value in `data`, as JSON."""
    return shown(cbor2.loads(data))


def meant(value: Any) -> Any:
    """What `shown` was given."""
    match value:
        case {"$hex": str(text)} if len(value) == 1:
            return bytes.fromhex(text)
        case {"$int": str(text)} if len(value) == 1:
            return int(text)
        case {"$map": list(pairs)} if len(value) == 1:
            return {meant(name): meant(item) for name, item in pairs}
        case dict():
            return {name: meant(item) for name, item in value.items()}
        case list():
            return [meant(item) for item in value]
    return value
