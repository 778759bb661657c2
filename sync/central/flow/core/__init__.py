"""What events count, and what counts come to: people inside over time. PURE.
Enter by `counting`, `facts`, `inside`, `levels` and `where`.
"""
