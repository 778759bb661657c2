"""The audit: who did what, when, to what and why, each entry chained to the one before. `core` is the pure
part. Enter by `audit`; `tables` is for the schema.
"""
