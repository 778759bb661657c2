"""What an exit in isolation is, what became of it at the gate, and when home visits are due. PURE. Enter by
`aftermath`, `exits`, `orders` and `schedule`.
"""
