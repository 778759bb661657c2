"""What the gate publishes for its console: the newest value of each topic, for those who watch it. Enter by
`published`.
"""
