"""Who is on duty, who is sent next, how far a task has come, and when something is to happen about it. PURE.
Enter by `assignments`, `choosing`, `clocks`, `life` and `roster`.
"""
