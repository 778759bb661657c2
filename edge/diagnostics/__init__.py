"""Diagnosis of a gate: what would keep it from working, recorded inputs replayed, the lane on the bench.
`core` is the pure part. Enter by `check`, `check_result`, `replay` and `lane_simulator`.
"""
