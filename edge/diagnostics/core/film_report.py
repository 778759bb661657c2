"""What one film comes to at a gate: when it opened, what it said on the way, what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

import msgspec

from edge.diagnostics.core.liveness_passage import FilmPassages, Passage
from edge.vision.reports import Sighting, foremost

_LONGEST_BETWEEN = 1.0
"""Seconds between two frames with a face in them for which somebody counts as standing there."""


class ShownPrompt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A prompt that the screen began to show `at` so many seconds of the film.

    `kind` is `ask` for what is asked before a decision, else the outcome.
    """

    at: float
    reason: str
    kind: str


class Decided(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision, when it was made, how long after the face could first be used, and what was seen of it."""

    at: float
    outcome: str
    reason: str
    waited: float | None = None
    subject: str | None = None
    score: float | None = None
    liveness: float | None = None
    liveness_frames: int = 0
    veto: float | None = None


class UndecidedPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who was asked for something and went: what was `missing`, for how long, in how many frames."""

    at: float
    missing: str
    seconds: float
    frames: int


class FilmReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One film. All times are seconds of the film. `standing` is for how long there was a face in view,
    `first_usable` when the first one could be used, `liveness` what was measured of each face.
    """

    film: str
    seconds: float = 0.0
    frames: int = 0
    standing: float = 0.0
    first_usable: float | None = None
    shown: tuple[ShownPrompt, ...] = ()
    decided: tuple[Decided, ...] = ()
    undecided: tuple[UndecidedPerson, ...] = ()
    liveness: tuple[Passage, ...] = ()
    error: str = ""

    @property
    def granted(self) -> Decided | None:
        """The first grant."""
        return next((each for each in self.decided if each.outcome == "grant"), None)

    @property
    def to_grant(self) -> float | None:
        """Seconds from the first usable frame of whom the gate opened for; None where it did for nobody."""
        return None if self.granted is None else self.granted.waited

    @property
    def prompts(self) -> tuple[ShownPrompt, ...]:
        """What was said to people but that they may pass."""
        return tuple(each for each in self.shown if each.kind != "grant")

    @property
    def passages(self) -> int:
        """How many came to a decision, or went without one."""
        return len(self.decided) + len(self.undecided)

    @property
    def prompts_per_passage(self) -> float:
        return round(len(self.prompts) / max(1, self.passages), 3)

    @property
    def decisions_per_minute(self) -> float:
        """Decisions in each minute of standing there; the first minute counts whole."""
        return round(len(self.decided) / max(1.0, self.standing / 60.0), 3)

    def plain(self) -> dict[str, Any]:
        """As `faces film --json` prints it."""
        if self.error:
            return {"file": self.film, "error": self.error}
        granted = self.granted
        return {
            "file": self.film,
            "seconds": self.seconds,
            "frames": self.frames,
            "standing": self.standing,
            "first_usable": self.first_usable,
            "granted": None if granted is None else granted.at,
            "to_grant": self.to_grant,
            "subject": None if granted is None else granted.subject,
            "passages": self.passages,
            "prompts": [msgspec.to_builtins(each) for each in self.prompts],
            "prompts_per_passage": self.prompts_per_passage,
            "decisions": [msgspec.to_builtins(each) for each in self.decided],
            "decisions_per_minute": self.decisions_per_minute,
            "undecided": [msgspec.to_builtins(each) for each in self.undecided],
            "liveness": [_measured(each) for each in self.liveness],
        }


def _measured(passage: Passage) -> dict[str, Any]:
    fields = ("at", "outcome", "frames", "seconds", "measure", "nets", "veto")
    return {field: getattr(passage, field) for field in fields}


@dataclass
class FilmTimes:
    """Counts a film's frames as they come; times are seconds since its first one."""

    began: float | None = None
    last: float = 0.0
    frames: int = 0
    standing: float = 0.0
    faces: FilmPassages = field(default_factory=FilmPassages)
    _face_at: float | None = None
    _foremost: int | None = None
    _usable: dict[int, float] = field(default_factory=dict)

    def see(self, sighting: Sighting) -> float:
        """Take one frame into account; returns its time."""
        self.began = sighting.captured if self.began is None else self.began
        at = sighting.captured - self.began
        self.last, self.frames = at, self.frames + 1
        self.faces.see(sighting)
        first = foremost(sighting.faces, float(sighting.width))[:1]
        self._foremost = None
        for face in first:
            self._foremost = face.track
            if self._face_at is not None and at - self._face_at <= _LONGEST_BETWEEN:
                self.standing += at - self._face_at
            self._face_at = at
            if face.problem is None:
                self._usable.setdefault(face.track, at)
        return at

    @property
    def waited(self) -> float | None:
        """For how long the foremost face has been usable; None where there is none, or it never was."""
        since = None if self._foremost is None else self._usable.get(self._foremost)
        return None if since is None else round(self.last - since, 3)

    def report(
        self,
        film: str,
        shown: Sequence[ShownPrompt],
        decided: Sequence[Decided],
        undecided: Sequence[UndecidedPerson],
    ) -> FilmReport:
        """What the film comes to with all that was said and decided in it."""
        usable = min(self._usable.values(), default=None)
        return FilmReport(
            film,
            round(self.last, 3),
            self.frames,
            round(self.standing, 3),
            None if usable is None else round(usable, 3),
            tuple(shown),
            tuple(decided),
            tuple(undecided),
            self.faces.passages(),
        )


def summed(reports: Sequence[FilmReport]) -> dict[str, Any]:
    """The films together, as the last line of `faces film --json`."""
    read = [report for report in reports if not report.error]
    times = [report.to_grant for report in read if report.to_grant is not None]
    passages = sum(report.passages for report in read)
    prompts = sum(len(report.prompts) for report in read)
    minutes = [report.decisions_per_minute for report in read]
    return {
        "films": len(read),
        "unreadable": len(reports) - len(read),
        "granted": len(times),
        "to_grant_median": round(median(times), 3) if times else None,
        "to_grant_longest": max(times, default=None),
        "passages": passages,
        "undecided": sum(len(report.undecided) for report in read),
        "prompts": prompts,
        "prompts_per_passage": round(prompts / passages, 3) if passages else None,
        "decisions": sum(len(report.decided) for report in read),
        "decisions_per_minute": round(fmean(minutes), 3) if minutes else None,
    }
