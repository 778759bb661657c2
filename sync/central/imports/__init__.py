"""Imports of people: from a site's own administration, or from a list, planned before anything changes and
then applied in one transaction. `core` is the pure part. Enter by `planning`, `applying`, `reading` and
`uploads`; `tables` is for the schema.
"""
