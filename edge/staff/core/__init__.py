"""What staff may do, what a PIN must be, how long wrong ones lock out, how long a session and a press count,
which reasons there are for an act or an appeal, and which scenes an installer plays. PURE. Enter by `roles`,
`names`, `pins`, `lockout`, `limits`, `reasons`, `typed`, `faults`, `appeals`, `finding`, `guests` and
`scenes`.
"""
