"""What is too old for the database: events and accesses as Parquet, by day and site, verified against the
chain before they are dropped; read beside the database as one. `core` is the pure part.
Enter by `acts`, `core`, `events`, `holds`, `loop`, `moved`, `overview`, `retention`, `tables` and
`verifying`.
chain before they are dropped; read beside the database as one. `core` is the pure part. Enter by
`events`, `moved`, `reading` and `tables`.
"""
