"""A fleet of simulated gates that load a real broker and a real centre: the sync process of each is the real
one, its gate is not. No part of what a gate loads. Enter by `result`, `task` and `wishes`.
"""
