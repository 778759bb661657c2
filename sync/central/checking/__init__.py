"""Looks for what keeps a centre from working, or soon will: each result says what, where, what to do.
Enter by `checking` and `units`.
"""
