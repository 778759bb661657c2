"""Asks decisions again: why one was made, and who can pass where. `core` is the pure part. Enter by
`explaining` and `passing`.
"""
