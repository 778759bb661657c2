"""The device's side of an invitation: from the code that a person typed to all that its gate needs, on disk.
Enter by `adopting` and `places`.
"""
