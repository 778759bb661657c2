"""What central may ask of a gate: verified here, written down first, then carried out, once. `core` is the
pure part. Enter by `handler`; `command_socket` is the inlet, `standing` keeps the standing orders,
`configuration` is its table of gate.toml.
"""
