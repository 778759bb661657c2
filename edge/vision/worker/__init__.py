"""The vision worker and its parent, which starts, bounds and kills it. Enter by `supervisor` and `process`;
`confinement` is what it runs in.
"""
