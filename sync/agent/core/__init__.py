"""What of the journal waits, what is in flight and where to go on, which chunks are asked for, and when to
ask what is newest. PURE. Enter by `epoch_questions`, `gathering`, `outbox`, `outstanding_chunks` and
`question_schedule`.
"""
