"""Cameras behind one protocol. Enter by `factory` and `camera`; `capture`, `folder` and `grabber` are for who
plays files.
"""
