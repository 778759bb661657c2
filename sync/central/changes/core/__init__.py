"""What a change of people or of a policy is, what several come to, and when they wait for a second person;
the states of an appeal. PURE. Enter by `change`, `lines`, `policy_lines`, `marks`, `numbers`, `outcome`,
`second_person`, `state` and `appeal_state`.
"""
