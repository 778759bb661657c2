"""What staff may do, what a PIN must be, how long wrong ones lock out, how long a session and a press count,
and which reasons there are for an act. PURE. Enter by `roles` and `names`.
"""
