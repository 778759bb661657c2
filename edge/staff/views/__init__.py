"""What the gate publishes for its console: the newest value of each topic, for those who watch it. `core` is
the pure part. Enter by `published`, where values are put, `now`, which folds what the page Now shows, and
`journal_watch`, which reads for it what the journal has.
"""
