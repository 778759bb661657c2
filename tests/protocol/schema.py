"""Holds values against docs/protocol.cddl, by a reader of CDDL and of CBOR that nobody here wrote."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

from cddl_verifier import Validator

from tests.protocol.page import cddl

logging.getLogger("cddl_verifier").disabled = True  # it tells the log what it returns
FILE = Path(__file__).resolve().parents[2] / "docs" / "protocol.cddl"


@cache
def _validator() -> Validator:
    """Of what the structs say now: whether the file is up to date is another test's affair."""
    return Validator(cddl())


def objections(rule: str, data: bytes) -> tuple[str, ...]:
    """What is wrong with `data` as a value of `rule`; nothing: it is one."""
    result = _validator().validate(data, rule)
    return tuple(str(item) for item in result.diagnostics) if not result.valid else ()


def refuse_unless_valid(rule: str, data: bytes) -> None:
    """Raise ValueError unless `data` is a value of `rule`."""
    found = objections(rule, data)
    if found:
        raise ValueError(f"not a {rule} of docs/protocol.cddl: {'; '.join(found)}: {data.hex()[:400]}")
