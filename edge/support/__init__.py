"""What every part may stand on: small, pure helpers that know nothing of a gate."""
