"""Board files: what may be wired to a gate, what is dangerous, what moves. `format` is the pure part. Enter
by `files`.
"""
