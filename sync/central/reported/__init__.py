"""What the gates' journals say of the gates themselves, kept as it arrives: the newest probe, what holds
there, and the receipts of removals. `core` is the pure part. Enter by `recording`, `removals`,
`receipts`, `evidence` and `tables`.
"""
