"""What the next version of a registry would silently take back of what gates were given. PURE. Enter by
`reverting`.
"""
