"""Accounts: who signs in, what they may do, and where. `core` is the pure part. Enter by `actor`;
`tables` is for the schema.
"""
