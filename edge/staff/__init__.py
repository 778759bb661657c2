"""The staff's side of the gate: who may sign in, what they may do by name, and what the console is answered
on its socket; `core` and `protocol` are the pure parts, `installer` is what an installer tests. Enter by
`later`, `ports` and `side`; for the command by `hashing`, `manage`, `store` and `stored`;
`desk_file` is what a desk keeps.
"""
