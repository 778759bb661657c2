"""What the vision worker shuts itself into before it opens a camera: Landlock, seccomp, limits. Enter by
`confine` in the worker; `offered` says what a kernel can do without doing it.
"""

from edge.vision.worker.confinement.confine import confine, offered
from edge.vision.worker.confinement.reach import reach_of

__all__ = ["confine", "offered", "reach_of"]
