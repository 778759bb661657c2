"""Publishes registries to the gates: contents, versions, urgent revocations, erasure receipts. `core` is
the pure part. Enter by `contents`, `lists`, `published`, `publications`, `erasure`, `trust` and
`publisher_handler`.
"""
