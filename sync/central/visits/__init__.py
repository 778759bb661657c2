"""Visitors, from the invitation to the way out, and those whom employers bring for a time. `core` is the pure
part. Enter by `at_gates`, `attendance`, `employers`, `invitations`, `numbers`, `passes`, `tables` and
`visits`.
"""
