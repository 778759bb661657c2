"""What the vision worker shuts itself into before it opens a camera: Landlock, seccomp, limits.

Not pure: it talks to the kernel. One enters by `confine`, in the worker, and by `offered`, which says what a
kernel can do without doing it.
"""

from edge.vision.worker.confinement.confine import confine, offered
from edge.vision.worker.confinement.reach import Reach, reach_of

__all__ = ["Reach", "confine", "offered", "reach_of"]
