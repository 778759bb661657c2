"""What an event of a gate says about an access, and what accesses come to in spans of time. PURE. Enter by
`counting`, `parsing`, `rollup` and `waiting`.
"""
