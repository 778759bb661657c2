"""One seed, one world: gates, sync processes, a broker and central in one thread, on a virtual clock.

A `Plan` is drawn from a seed: who comes when, what central does, which faults happen. `World` plays the plan
with the product's own composition roots; what could be seen from outside is told to the checkers as
observations. Nothing here decides by chance but by the plan, so a plan that fails can be made smaller and
played again. docs/simulation.md says how to run it.
"""
