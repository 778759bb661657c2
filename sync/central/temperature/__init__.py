"""Temperatures at the gates, as counts by gate and hour that name nobody, and whose thermometer has drifted.
`core` is the pure part. Enter by `figures`, `loop`, `recording` and `tables`.
"""
