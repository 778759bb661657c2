"""What files of history hold, whether it leads on in its chain, how long it is kept, and what is held. PURE.
Enter by `holds`, `kinds`, `names`, `retention` and `runs`.
"""
