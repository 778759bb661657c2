"""What the gates' journals say of the gates themselves, kept as it arrives: the newest probe, what holds
there, the receipts of removals, and what became of commands. `core` is the pure part. Enter by `recording`,
`commands`, `removals`, `receipts`, `evidence` and `tables`.
"""
