"""The processes of a centre that share a database: who runs, with which software, which of them does what one
does for all, and what they wait for. Enter by `watching`, `leases`, `leasing`, `outdated`, `registering`,
`waits` and `tables`.
"""
