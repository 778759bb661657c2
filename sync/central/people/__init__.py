"""The subjects of every site: records, sealed templates and statuses; who looked at a record and why,
consents, and erasures. `core` is the pure part. Enter by `columns`, `subjects`, `faces`, `identity`,
`isolations`, `listing`, `looks`, `consents`, `erasures` and `erasing`; `tables` is for the schema.
"""
