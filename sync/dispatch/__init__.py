"""Between the connection and the handlers: each message is verified once, each device has its share, and
one that fails blocks no other. `core` is the pure part. Enter by `dispatcher`, `handler`, `intake`,
`refusals` and `watchdog`.
"""
