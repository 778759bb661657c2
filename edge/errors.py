"""The exception tree of the edge: every error names what went wrong, where, and what to do.

GatepostError
├── ConfigurationError      a file that a person wrote says something that cannot be
├── CredentialError         a scanned code is not what it claims (edge.credentials)
├── RegistryError           a bundle, template or site store is refused (edge.registry, edge.admin)
├── JournalError            an event could not be stored, or the chain is broken (edge.journal)
├── VisionError             a camera, picture, engine or the worker failed (edge.vision)
└── DeviceError             a pin, board, clock or thermometer failed (edge.devices)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from edge.support.escaping import escaped, without_objects
from edge.support.phrases import Phrase

E = TypeVar("E", bound=Exception)


class GatepostError(Exception):
    """Something failed that a person can act on.

    `what` says what happened, `where` names the file, key, pin or record, `remedy` says what to do: in
    English. What a page may show is given as phrases: `said` has them as they were given, to be rendered.
    """

    def __init__(self, what: str | Phrase, *, where: str | Phrase = "", remedy: str | Phrase = "") -> None:
        self.said = (what, where, remedy)
        self.what = without_objects(str(what))
        super().__init__(self.what)
        self.where = str(where)
        self.remedy = str(remedy)

    def retold(self, kind: Callable[..., E], *, where: str | Phrase | None = None) -> E:
        """The same words as an error of another kind; `where`: of another place."""
        what, there, remedy = self.said
        return kind(what, where=there if where is None else where, remedy=remedy)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" ({self.remedy})" if self.remedy else ""
        # Much of it comes from files and codes of strangers, and is read on a terminal or a page.
        return escaped(f"{place}{self.what}{advice}")


class ConfigurationError(GatepostError):
    """A file that a person wrote holds an unknown key, a wrong type or an impossible value."""


class CredentialError(GatepostError):
    """A scanned code is not what it claims to be."""


class RegistryError(GatepostError):
    """A registry bundle, a template or the site's own store is refused."""


class JournalError(GatepostError):
    """An event could not be stored, or the stored chain is broken."""


class VisionError(GatepostError):
    """A camera, a picture, an engine or the vision worker failed."""


class DeviceError(GatepostError):
    """A pin, a board file, the clock or a thermometer failed."""


def words_of(error: Exception) -> str:
    """What an error says; of one that is not ours its kind, too."""
    return str(error) if isinstance(error, GatepostError) else _of_a_library(error)


def _of_a_library(error: Exception) -> str:
    return escaped(without_objects(f"{type(error).__name__}: {error}").removesuffix(": "))
