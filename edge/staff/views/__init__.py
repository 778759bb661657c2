"""What the gate publishes for its console: the newest value of each topic, for those who watch it. `core` is
the pure part. Enter by `published`, where values are put, `now`, which folds what the page Now shows,
`gate_log`, which folds the tab Gate's, and `journal_watch`, which reads what the journal has.
"""
