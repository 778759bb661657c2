"""What a change of people or of a policy is, what several come to, and when they wait for a second person.
PURE. Enter by `change`, `marks`, `outcome`, `second_person` and `state`.
"""
