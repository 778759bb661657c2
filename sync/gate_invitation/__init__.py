"""The invitation of a gate, as values: the code that a person types, what central leaves for the door and
the door for central, and what the door seals for the one device that came with the code. PURE. Enter by
`address`, `code`, `packets` and `sealing`.
"""
