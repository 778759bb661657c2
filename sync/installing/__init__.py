"""Makes a centre on a machine: folders, authority, broker, database, first administrator, units. Enter by
`wishes`, `plan` (the steps, as values), `places`, `database`, `held` (what is there already),
`doing` and `owning`.
"""
