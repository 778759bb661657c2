"""What a place is, its five levels and what it may be called, and what an address code is. PURE. Enter by
`address_plan`, `addresses`, `levels` and `names`.
"""
