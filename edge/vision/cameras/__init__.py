"""Cameras behind one protocol. Enter by `factory`, `camera` and `device`; `folder` lists pictures to play;
`capture` and `grabber` serve the worker.
"""
