"""Every reason a decision can have: a stable code, with a text and a remedy in Chinese and English.

A code, once released, keeps its meaning for ever: journals and centrals hold it.
"""
