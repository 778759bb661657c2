"""A street with a day of accesses, made up and the same every time: real decisions in honest journals, signed
by simulated gates and stored as a gate's are. Enter by `playing`.
"""
