"""Face templates as numbers: checked, sealed, and opened by the key that sealed them. PURE. A registry holds
them sealed (`edge.registry.format.SealedTemplate`): who only carries or seals them loads no numbers.
"""

from edge.registry.templates.vectors import Vector, checked, commitment_of, seal, unseal_by, vector_of

__all__ = [
    "Vector",
    "checked",
    "commitment_of",
    "seal",
    "unseal_by",
    "vector_of",
]
