"""Judges the state of a gate by all that the centre knows of it. PURE. Enter by `gate_state`."""
