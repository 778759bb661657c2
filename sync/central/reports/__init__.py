"""Reports: figures of a place and some days, what they rest on, a signed proof, and those that come again and
again. `core` is the pure part. Enter by `asking`, `files`, `keeping`, `loop`, `recording`, `schedules`,
`sums` and `tables`.
"""
