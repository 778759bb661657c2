"""What an export says and how that is proved: columns, the digest of its rows, the ranges of sequences that
it covers. PURE. Enter by `columns` and `proof`.
"""
