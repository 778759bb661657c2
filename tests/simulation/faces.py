"""Faces of a simulated site as an engine would see them: one's own alike, everybody else's apart."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha512
from random import Random

import numpy as np

from edge.registry.templates import Vector
from edge.vision.configuration import TEMPLATE_NUMBERS, FaceEngineName

SIZE = TEMPLATE_NUMBERS[FaceEngineName.SFACE]

APART = 0.2
"""No two people are more alike than this (cosine): far below what any gate takes for the same person."""

TAKEN_FOR = 0.3
"""No look at anybody is more like another person than this."""

_ALIKE = (0.58, 0.68, 0.8)
"""How like their template a look at somebody is (cosine): the least, the usual, the most."""


class Faces:
    """Everybody's face. The enrolled ones are drawn together; a stranger's is the same whenever it is first
    asked for.
    """

    def __init__(self, seed: int, enrolled: Sequence[str]) -> None:
        self._seed = seed
        self._known: dict[str, Vector] = {}
        self._enrolled = np.zeros((0, SIZE), np.float32)
        for name in enrolled:
            self._known[name] = self._drawn(name)
            self._enrolled = np.vstack([self._enrolled, self._known[name]])

    def face(self, name: str) -> Vector:
        """The face of a person or of a stranger, of unit length."""
        if name not in self._known:
            self._known[name] = self._drawn(name)
        return self._known[name]

    def look(self, name: str, random: Random) -> Vector:
        """What one frame shows of a face: as like as photographs of one person are, and like nobody else."""
        face, draw = self.face(name), np.random.default_rng(random.getrandbits(64))
        least, usual, most = _ALIKE
        alike = min(max(random.gauss(usual, 0.05), least), most)
        while True:
            noise = draw.standard_normal(SIZE)
            noise -= (noise @ face) * face
            seen = alike * face + (1.0 - alike**2) ** 0.5 * noise / np.linalg.norm(noise)
            if self._like_nobody(seen, face):
                return np.asarray(seen, np.float32)

    def _like_nobody(self, seen: Vector, face: Vector) -> bool:
        others = self._enrolled @ seen
        return bool(np.all((others <= TAKEN_FOR) | (self._enrolled @ face > 1.0 - APART)))

    def _drawn(self, name: str) -> Vector:
        seed = int.from_bytes(sha512(f"{self._seed} face {name}".encode()).digest()[:8])
        draw = np.random.default_rng(seed)
        while True:
            values = draw.standard_normal(SIZE)
            vector = values / np.linalg.norm(values)
            if np.all(self._enrolled @ vector <= APART):
                return np.asarray(vector, np.float32)
