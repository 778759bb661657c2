"""What a visit is and how far it has come, by what was said, what gates wrote and the time. PURE. Enter by
`attendance`, `codes`, `life`, `limits` and `workers`.
"""
