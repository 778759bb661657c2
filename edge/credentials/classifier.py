"""Classifies a scanned text, and parses it with the parser of its kind."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from edge.credentials.carried import part_in
from edge.credentials.certificates import EuDcc, SmartHealthCard, assembled
from edge.credentials.code import (
    HEALTH_CERTIFICATES,
    CodeKind,
    CodeParser,
    CodeReading,
    CodeReason,
    CodeTrust,
)
from edge.credentials.not_passes import OtherSymbol, PaymentCode, PlaceCode
from edge.credentials.own_pass import MOST_CHARACTERS, OwnPass
from edge.credentials.structured_append import StructuredAppend, incomplete, joined
from edge.credentials.trust import Freshness
from edge.decision import PassVerdict, WallTime

PARSERS: tuple[CodeParser, ...] = (
    OwnPass(),
    EuDcc(),
    SmartHealthCard(),
    StructuredAppend(),
    OtherSymbol(),
    PaymentCode(),
    PlaceCode(),
)
"""Tried in this order; the first that recognises a text parses it. A new kind is one file and one entry."""


def parse_any(
    text: str, trust: CodeTrust, wall: WallTime, *, parsers: tuple[CodeParser, ...] = PARSERS
) -> CodeReading:
    """The kind of code in `text`, its verdict and its claims; never raises."""
    if len(text) > MOST_CHARACTERS:
        return CodeReading(
            CodeKind.UNKNOWN, PassVerdict.NOT_A_PASS, CodeReason.TOO_LONG, f"{len(text)} characters"
        )
    for parser in parsers:
        if parser.recognises(text):
            return _by_freshness(parser.parse(text, trust, wall), trust.freshness)
    return CodeReading(CodeKind.UNKNOWN, PassVerdict.NOT_A_PASS, CodeReason.UNKNOWN_KIND)


def parse_scene(
    texts: Sequence[str], trust: CodeTrust, wall: WallTime, *, parsers: tuple[CodeParser, ...] = PARSERS
) -> list[CodeReading]:
    """The reading of each of `texts`, seen together or in turn; chunks of one card are assembled.

    Every chunk of a card that is whole has the reading of the card; every part of a code that of the code.
    """
    whole, missing = assembled(texts)
    readings = []
    for text in texts:
        reading = parse_any(text, trust, wall, parsers=parsers)
        if (part := part_in(text)) is not None:
            found = joined([*texts, text])
            if found is not None and found.whole is not None:
                reading = parse_any(found.whole, trust, wall, parsers=parsers)
            elif found is not None:
                reading = incomplete(found, part)
        elif reading.reason is CodeReason.CHUNK_MISSING and whole is not None:
            reading = _by_freshness(SmartHealthCard().parse(whole, trust, wall), trust.freshness)
        elif reading.reason is CodeReason.CHUNK_MISSING and missing:
            numbers = ", ".join(map(str, missing))
            reading = msgspec.structs.replace(reading, detail=f"missing: code {numbers}; show it too")
        readings.append(reading)
    return readings


def _by_freshness(reading: CodeReading, freshness: Freshness) -> CodeReading:
    """The reading of a certificate, downgraded where the lists that it was judged by are old."""
    by_lists = reading.kind in HEALTH_CERTIFICATES
    if not by_lists or reading.verdict is not PassVerdict.GENUINE or freshness is Freshness.FRESH:
        return reading
    return msgspec.structs.replace(
        reading,
        verdict=PassVerdict.UNTRUSTED_ISSUER if freshness is Freshness.CLOSE else reading.verdict,
        reason=CodeReason.TRUST_LIST_STALE,
        detail=f"judged by an old trust list ({freshness.value})",
    )
