"""How far an invitation is, as values. PURE. Enter by `progress`."""
