"""Changes of people and policies: applied at once, or kept until a second person approves. Appeals too: what
corrects a status is such a change. `people` does not know this room. `core` is the pure part. Enter by
`submitting`, `deciding`, `waiting`, `appeals`, `at_gates`, `policies`, `applying`, `forgetting` and `tables`.
"""
