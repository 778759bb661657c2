"""Counting at one gate: the ledger, kept, restored, and shared with the site's other gates. `core` is the
pure part. Enter by `recovery`, `projection` and `counter`; `exchange` is how gates tell each other,
`store` what is kept, `counts_now` the count read from beside, `configuration` its table of gate.toml.
"""
