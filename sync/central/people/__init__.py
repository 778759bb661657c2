"""The subjects of every site: records, sealed templates, statuses and imports; who looked at a record and
why, consents, and erasures. `core` is the pure part. Enter by `subjects`, `importing` and `erasing`;
`tables` is for the schema.
"""
