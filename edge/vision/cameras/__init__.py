"""Cameras behind one protocol. Enter by `factory` and `camera`; `folder` lists pictures to play; `capture`
and `grabber` serve the worker.
"""
