"""Between the connection and those whom a message concerns: verified once, bounded by device, one that fails
keeps nobody else out. `core` is the pure part. Enter by `dispatcher`, `handler`, `intake` and `watchdog`.
"""
