"""Holds observations against the promises. Knows nothing of the simulator, and of the product only how an
event's body is read.
"""
