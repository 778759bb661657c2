"""The lane on its pins: `machine` is the pure part, `driver` carries out what it says, `memory_file` keeps
what it must not forget. Enter by `driver`, `memory_file` and `configuration` (its table of gate.toml).
"""
