"""Shows the gates to a Home Assistant, where central.toml says so: discovery and states, as retained messages
on topics of their own. `core` is the pure part. Enter by `loop`.
"""
