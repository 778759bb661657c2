"""What events count, and what counts come to: people inside over time. PURE.
Enter by `counting`, `facts`, `forecasting`, `inside`, `levels`, `twice`
and `where`.
"""
