"""Shows this gate to a Home Assistant of its site, where sync.toml says so: discovery and states, as retained
messages; nothing can be asked of a gate by it. `core` is the pure part. Enter by `loop`.
"""
