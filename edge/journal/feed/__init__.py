"""The journal for the sync process: served by the gate on a Unix socket, so that nobody else opens its file.

`protocol` (PURE) is what is said, `server` the gate's end with a thread of its own, `client` the other end.
"""
