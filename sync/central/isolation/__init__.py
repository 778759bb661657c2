"""Home isolation: who stays at home until when, who tried to leave or was let out, and which home visits are
due. `core` is the pure part. Enter by `exits`, `isolated`, `loop`, `recording`, `tables` and `visiting`.
"""
