"""What is shown of a gate, folded from what happens: who is before it, the last accesses, the figures of the
day, and since when each fact holds. PURE. Enter by `before_gate`, `facts`, `recent`, `log_lines` and
`nameless`; `cards` makes of an access what the page shows of it.
"""
