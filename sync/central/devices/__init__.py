"""Sites, their gates, and the devices at them: which devices are accepted, and what each reported last.
Enter by `behind`, `count_relay`, `devices`, `floods`, `gates_now`, `health_and_clock`, `hello`,
`probes`, `refusal_counts`, `refusals` and `refused_messages`.
"""
