"""What an export says and how that is proved: columns, the digest of its rows, the ranges of sequences that
it covers. PURE.
"""

from sync.central.exports.core.columns import CellKind, Column, RowsDigest, Value, neutral, text_of, value_of
from sync.central.exports.core.proof import (
    MOST_PROOF_BYTES,
    REPORT,
    Covered,
    Paper,
    Proof,
    ProofRefused,
    Range,
    columns_of,
    root_of,
    said_in,
    signed,
    verified,
)

__all__ = [
    "MOST_PROOF_BYTES",
    "REPORT",
    "CellKind",
    "Column",
    "Covered",
    "Paper",
    "Proof",
    "ProofRefused",
    "Range",
    "RowsDigest",
    "Value",
    "columns_of",
    "neutral",
    "root_of",
    "said_in",
    "signed",
    "text_of",
    "value_of",
    "verified",
]
