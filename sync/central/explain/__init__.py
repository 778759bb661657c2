"""Asks decisions again: why one was made, who can pass where, and what other rules would have changed. `core`
is the pure part. Enter by `explaining`, `passing` and `running`; `tables` is for the schema.
"""
