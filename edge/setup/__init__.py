"""The installer's conversation from a package to a working gate: finds what is wired, asks what it must know,
tries each with the installer as the gate's own user, writes gate.toml and starts the services. `core` is the
pure part. Enter by `asking`, `conversation`, `ground` and `material`.
"""
