"""The accesses of all gates, as rows that pages read: who was let in, who was not, what was opened by hand.
`core` is the pure part. Enter by `accesses`, `completeness`, `correcting`, `feed`, `figures`, `finding`,
`recording`, `refusing`, `silence`, `spans` and `tables`.
"""
