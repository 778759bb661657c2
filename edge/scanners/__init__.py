"""Code scanners and keypads on serial lines and USB: each is read as a task of its own, and what it reads
goes the way of the camera's codes. Enter by `core`, `configuration` (its tables of gate.toml), `lines` and
`watch`.
"""
