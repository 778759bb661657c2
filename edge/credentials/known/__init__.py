"""Codes that say nothing by themselves, and that a gate knows by a digest: numbers that people type, and the
codes of visitors whom staff registered at this gate. PURE.
"""

from edge.credentials.known.numbers import (
    KEPT_BYTES,
    MOST_DIGITS,
    MOST_SALTS,
    RESTING,
    SALT_BYTES,
    SLOW_BYTES,
    NumberTyped,
    as_act,
    kept_digest,
    kept_of_code,
    kept_of_slow,
    number_of,
    shown_number,
    slow_digest,
    text_of_digests,
    typed_number,
)
from edge.credentials.known.rights import (
    CODE_PREFIX,
    KnownRight,
    Rights,
    evidence_of_known,
    is_known_code,
    names_of_uses,
    with_next_use,
)
from edge.credentials.known.tries import FIRST_REST, Tries, after_refused, after_wrong, later

__all__ = [
    "CODE_PREFIX",
    "FIRST_REST",
    "KEPT_BYTES",
    "MOST_DIGITS",
    "MOST_SALTS",
    "RESTING",
    "SALT_BYTES",
    "SLOW_BYTES",
    "KnownRight",
    "NumberTyped",
    "Rights",
    "Tries",
    "after_refused",
    "after_wrong",
    "as_act",
    "evidence_of_known",
    "is_known_code",
    "kept_digest",
    "kept_of_code",
    "kept_of_slow",
    "later",
    "names_of_uses",
    "number_of",
    "shown_number",
    "slow_digest",
    "text_of_digests",
    "typed_number",
    "with_next_use",
]
