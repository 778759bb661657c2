"""What files of history hold, how they are named, and whether what they hold leads on in its chain. PURE.
Enter by `kinds`, `names` and `runs`.
"""
