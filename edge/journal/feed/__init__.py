"""The journal for the sync process: served by the gate on a Unix socket, so that nobody else opens its file.
What is said on it is in `edge.journal.format`. Enter by `server`, the gate's end with a thread of its own,
and `client`, the other end, which gets there by a `channel`.
"""
