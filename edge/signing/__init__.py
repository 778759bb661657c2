"""Signatures: `cose` is the pure part, `key_files` keeps keys as files of one user. Enter by
`key_files` and `hpke`.
"""
