"""The hash that chains one entry of the audit to the one before. PURE."""

from sync.central.audit.core.chain import BEGIN, AuditRecord, Words, entry_hash, words_hash

__all__ = [
    "BEGIN",
    "AuditRecord",
    "Words",
    "entry_hash",
    "words_hash",
]
