"""Alarms: what needs somebody, once, with its evidence, until it is cared for. `core` is the pure part.
Enter by `caring`, `digesting`, `editing`, `following`, `listing`, `loop`, `raising`, `rows`, `rules`,
`tables` and `trying`.
"""
