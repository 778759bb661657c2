"""Sites, their gates, and the devices at them: who may speak, and what was last heard of whom. Enter by
`devices`, `floods`, `health_and_clock` and `refusals`.
"""
