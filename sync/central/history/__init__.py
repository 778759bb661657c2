"""What is too old for the database: events and accesses as Parquet, by day and site, verified against the
chain before they are dropped; read beside the database as one. `core` is the pure part.
Enter by `acts`, `core`, `damage`, `events`, `files`, `holds`, `loop`, `manifest`, `moved`, `overview`,
`partitions`, `reading`, `rules`, `sums`, `tables` and `verifying`.
"""
