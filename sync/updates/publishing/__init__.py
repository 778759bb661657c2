"""The publisher's side of updates: a repository of signed metadata, made, added to, signed and kept
fresh, on a computer that is no gate's. Enter by `repository`, `catalogued` and `role_keys`.
"""
