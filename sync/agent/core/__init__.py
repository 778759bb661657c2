"""What of the journal waits, what is in flight and where to go on, which chunks are asked for, when to say
hello, and how messages are stamped. PURE. Enter by `epoch_questions`, `gathering`, `link_stamps`, `outbox`,
`outstanding_chunks`, `question_schedule` and `told_times`.
"""
