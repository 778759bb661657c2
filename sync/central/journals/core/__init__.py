"""Decides where the events of a batch belong: in the chain that central holds, or beside it. PURE. Enter by
`gaps` and `placing`.
"""
