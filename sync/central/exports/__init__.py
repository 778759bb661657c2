"""Exports of journals and accesses as CSV, XLSX or Parquet, each with a signed proof of what it covers.
`core` is the pure part. Enter by `datasets`, `exporting`, `files`, `formats` and `verifying`.
"""
