"""What each role may do, who may give it to whom, what an account is called, when a session is over. PURE.
Enter by `roles`, `names` and `sessions`.
"""
