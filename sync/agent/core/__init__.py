"""What of the journal is under way, where to go on, and when to ask for what is new. PURE. Enter by `outbox`
and `question_schedule`.
"""
