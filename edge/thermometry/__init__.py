"""Thermometers: what measures, as a task of its own, so that the gate never waits. Enter by `watch`,
`factory` and `configuration` (its table of gate.toml).
"""
