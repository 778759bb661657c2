"""Publishes registries to the gates: contents, versions, urgent revocations, erasure receipts; and keeps what
each version contained. `core` is the pure part. Enter by `publishing`, `urgent`, `contents`, `section_keys`,
`announcer`, `devices`, `versions`, `due`, `publishing_loop`, `site_policy`, `archive`, `lists`, `new_lists`,
`published`, `publications`, `erasure`, `trust`, `publisher`, `restored` and `publisher_handler`.
"""
