"""Finds what the next version of a registry would silently revert. PURE. Enter by
`reverting`.
"""
