"""Commands that central may send to a gate: verified, recorded first, then carried out, once. `core` is the
pure part, and says which are refused. Enter by `handler`; `command_socket` receives them, `standing` keeps
the standing orders, `configuration` is its table of gate.toml.
"""
