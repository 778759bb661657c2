"""What a place is: its five levels, and what it may be called. PURE. Enter by `levels` and `names`."""
