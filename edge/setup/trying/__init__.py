"""Trials in a process of their own that runs as the gate's user: what works in it works in the gate, what
that user may not reach fails in it too, and no file in the gate's folders becomes root's. Enter by `parent`
and `wire`.
"""
