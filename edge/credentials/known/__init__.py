"""Codes that say nothing by themselves, and that a gate knows by a digest: numbers that people type, and the
codes of visitors whom staff registered at this gate. PURE. Enter by `numbers`, `rights` and `tries`.
"""
