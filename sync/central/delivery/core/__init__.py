"""What a message is and how large it may be, and when one is tried again. PURE. Enter by `messages` and
`waits`.
"""
