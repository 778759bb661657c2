"""Registry down, central's side: contents, versions, urgent revocations, receipts. `core` is the pure part.
Enter by `contents`, `published`, `publications`, `erasure` and `publisher_handler`.
"""
