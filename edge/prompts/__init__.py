"""Prompts that people hear and see at the gate, by tasks of its own. `texts` is the pure part. Enter by
`announcer`; `configuration` is its table of gate.toml, `recording` makes recordings when a gate is set up,
`voice` plays them,
`screen` shows cards, `chosen_languages` keeps in which language.
"""
