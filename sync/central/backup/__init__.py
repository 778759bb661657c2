"""Backs up a centre and puts it back: database, keys, configuration, what was published, history, all of
one moment; and says what would be lost. Enter by `creating`, `restoring`, `marks` and `last`.
"""
