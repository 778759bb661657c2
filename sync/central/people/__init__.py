"""The subjects of every site: their records, sealed templates, statuses, and imports. `core` is the pure
part. Enter by `subjects` and `importing`.
"""
