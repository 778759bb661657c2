"""Confines the vision worker before it opens a camera: Landlock, seccomp, limits. Enter by
`confine` in the worker; `offered` says what this kernel cannot confine, and confines nothing.
"""

from edge.vision.worker.confinement.confine import confine, offered
from edge.vision.worker.confinement.reach import reach_of

__all__ = ["confine", "offered", "reach_of"]
