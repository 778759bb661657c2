"""What may be shown of logs, checks and settings; the rest is struck out. PURE. A starting gate loads it."""

from edge.diagnostics.redaction.striking import (
    known_words,
    plain_fields,
    plain_settings,
    struck_out,
    without_names,
)

__all__ = ["known_words", "plain_fields", "plain_settings", "struck_out", "without_names"]
