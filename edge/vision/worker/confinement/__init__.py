"""Confines the vision worker before it opens a camera: `reach_of` says which files, devices and ports it may
touch; `confine`, called in the worker, holds it to them by Landlock, refuses system calls by seccomp and
bounds its memory; `offered` says what this kernel cannot confine, and confines nothing.
"""

from edge.vision.worker.confinement.confine import confine, offered
from edge.vision.worker.confinement.reach import reach_of

__all__ = ["confine", "offered", "reach_of"]
