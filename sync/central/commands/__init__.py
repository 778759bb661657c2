"""Commands that people ask for in the console: noted with who and why, signed and sent by the daemon while
they count, and answered by the gate. Enter by `requests` and `desk`.
"""
