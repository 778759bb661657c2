"""What an alarm is: its kinds, what leads to one, the rules, and its life from first to last.
PURE. Enter by `cues`, `kinds`, `life`, `patterns`, `rules`, `states` and `telling`.
"""
