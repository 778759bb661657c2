"""What a gate is to be told of the entries that are to be held there, and how far that has come. PURE.
Enter by `telling`.
"""
