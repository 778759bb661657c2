"""Changes of people and policies: applied at once, or kept until a second person approves. `people` does not
know this room: what is planned there is submitted by whoever asked for the plan. `core` is the pure part.
Enter by `submitting`, `deciding`, `policies`, `applying` and `tables`.
"""
