"""What each role may do, and who may give it to whom. PURE. Enter by `roles`."""
