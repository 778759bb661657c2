"""Measures in single frames how much a face looks like a living one. Enter by
`factory`.
"""
