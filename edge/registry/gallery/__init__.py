"""Who looks most like this face: exact search over all enrolled templates. PURE. Enter by `gallery`."""
