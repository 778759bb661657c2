"""What of the journal is under way, and where to go on. PURE. Enter by `outbox`."""
