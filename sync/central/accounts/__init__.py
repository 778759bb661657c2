"""Accounts: who signs in, what they may do, and where. `core` is the pure part. Enter by `actor` and
`placing`; `accounts`, `sessions`, `links` and `tokens` serve the commands, `tables` is for the schema.
"""
