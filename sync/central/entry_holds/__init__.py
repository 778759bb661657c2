"""Entries held at the gates of a site, a zone or a place: by hand or by a limit, for a time, renewed while it
lasts; and which gates took it. `core` is the pure part. Enter by `reaching`, `holding`,
`holds`, `gates`, `loop` and `tables`.
"""
