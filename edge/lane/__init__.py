"""The lane on its pins: `machine` is the pure part, `driver` carries out what it decides, `task` has
it done whatever else goes on, `memory_file` keeps what must outlive the process. Enter by `driver`, `task`,
`memory_file` and `configuration` (its table of gate.toml).
"""
