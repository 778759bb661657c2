"""The codes before the gate: what each was read as, and whether it still is to be decided on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from edge.decision import PassEvidence, PassVerdict
from edge.encounter.choosing import HeldCode, as_one
from edge.encounter.codes_in_view import CodesInView, Flood
from edge.encounter.configuration import Patience
from edge.encounter.values import Recogniser, Shown
from edge.vision.reports import CodeSighting

Refusal = tuple[str, str]
"""An outcome and its reason."""


@dataclass(frozen=True)
class _Reading:
    """What one code was read as, when. `open`: it is to be decided on; `told`: it has been before."""

    length: int
    evidence: PassEvidence
    at: float
    open: bool = True
    told: bool = False


@dataclass(frozen=True)
class _Refused:
    """Why a pass was refused, and beside which face."""

    why: Refusal
    track: int | None


class ShownCodes:
    """Reads the codes in view, and knows which of them have been decided on.

    Once decided on, a code is dealt with for as long as it stays in view, unless something else was the
    matter: then it is to be decided on again, and read anew every second: it may be revoked meanwhile.
    """

    def __init__(self, recogniser: Recogniser, patience: Patience) -> None:
        self._recogniser = recogniser
        self._old_after = patience.evidence_within
        self._in_view = CodesInView(patience.gone_after)
        self._readings: dict[str, _Reading] = {}
        self._refusals: dict[str, _Refused] = {}
        self._put_together: tuple[tuple[str, ...], PassEvidence] | None = None

    def __bool__(self) -> bool:
        return bool(self._in_view)

    @property
    def flooded(self) -> bool:
        """Whether codes were not read, and that is yet to be told."""
        return self._in_view.flooded

    def see(self, codes: Sequence[CodeSighting], now: float) -> frozenset[str]:
        """Take the codes of one frame into account; the names of those that are read."""
        for code in self._in_view.new(codes, now):
            self._read(code.text, code.length, now)
        return self._names(code.text for code in codes)

    def to_decide(self, now: float, but: frozenset[str]) -> dict[str, HeldCode]:
        """The codes in view that are to be decided on, by their texts, without those of the names `but`."""
        return {
            text: self._held(text, now)
            for text, reading in self._readings.items()
            if reading.open and _name(text, reading.evidence) not in but
        }

    def named(self, names: Iterable[str], now: float) -> dict[str, HeldCode]:
        """The codes in view of these names, by their texts, decided on or not; they are read anew."""
        wanted = frozenset(names)
        texts = [text for text, reading in self._readings.items() if _name(text, reading.evidence) in wanted]
        for text in texts:
            self._read(text, self._readings[text].length, now)
        return {text: self._held(text, now) for text in texts}

    def together(self, codes: Mapping[str, HeldCode]) -> tuple[HeldCode, ...]:
        """The codes of one encounter; what their parts come to stands for the parts."""
        parts = {
            text: held for text, held in codes.items() if held.evidence.verdict is PassVerdict.INCOMPLETE
        }
        whole = tuple(held for text, held in codes.items() if text not in parts)
        if not parts:
            return whole
        texts = tuple(parts)
        if self._put_together is None or self._put_together[0] != texts:
            self._put_together = texts, self._recogniser.read_parts(texts)
        return *whole, as_one(parts.values(), self._put_together[1])

    def decided(self, texts: Iterable[str]) -> None:
        """An encounter with these codes is decided on: they are dealt with."""
        self._put_together = None
        for text in self._known(texts):
            self._readings[text] = replace(self._readings[text], open=False, told=True)

    def refused(self, shown: Shown, refusal: Refusal, *, again: bool) -> None:
        """What the decision was; `again`: something else was the matter, and the codes count as new."""
        self._refusals |= dict.fromkeys(shown.passes, _Refused(refusal, shown.track))
        if again:
            self.renew(shown.texts)

    def renew(self, texts: Iterable[str]) -> None:
        """These codes are to be decided on again."""
        for text in self._known(texts):
            self._readings[text] = replace(self._readings[text], open=True)

    def renew_named(self, names: frozenset[str]) -> None:
        """The codes of these names are to be decided on again."""
        if names:
            self.renew(text for text, read in self._readings.items() if _name(text, read.evidence) in names)

    def is_repeat(self, shown: Shown, refusal: Refusal) -> bool:
        """Whether the passes of an encounter were refused in these words before, beside this face."""
        known = [self._refusals.get(name) for name in shown.passes]
        return bool(known) and all(one and (one.why, one.track) == (refusal, shown.track) for one in known)

    def bad_pass_of(self, track: int | None) -> Refusal | None:
        """Why the pass that this face showed, and still shows, was refused; None where none was."""
        bad = (one.why for one in self._refusals.values() if one.track == track)
        return None if track is None else next(bad, None)

    def accepted(self, shown: Shown) -> None:
        """Somebody was let through by it: what it was refused for before is over."""
        for name in shown.passes:
            self._refusals.pop(name, None)

    def forget(self, now: float, but: frozenset[str] = frozenset()) -> None:
        """Forget what is out of view, but the texts that are waited for."""
        self._in_view.forget(now, but)
        self._readings = {text: read for text, read in self._readings.items() if text in self._in_view}
        names = self._names(self._readings)
        self._refusals = {name: one for name, one in self._refusals.items() if name in names}

    def clear(self) -> None:
        self._in_view.clear()
        self._readings.clear()
        self._refusals.clear()

    def passed_over(self, codes: int, now: float) -> None:
        """So many codes more came than a scanner reports."""
        self._in_view.ignore(codes, now)

    def flood(self, now: float) -> Flood | None:
        """Codes that were too many to be read, now and then, where there were any."""
        return self._in_view.flood(now)

    def _read(self, text: str, length: int, now: float) -> _Reading:
        evidence, known = self._recogniser.read_code(text, length), self._readings.get(text)
        reading = (
            _Reading(length, evidence, now) if known is None else replace(known, evidence=evidence, at=now)
        )
        self._readings[text] = reading
        return reading

    def _known(self, texts: Iterable[str]) -> list[str]:
        return [text for text in texts if text in self._readings]

    def _names(self, texts: Iterable[str]) -> frozenset[str]:
        return frozenset(_name(text, self._readings[text].evidence) for text in self._known(texts))

    def _held(self, text: str, now: float) -> HeldCode:
        reading, time = self._readings[text], self._in_view.time_of(text)
        if reading.told and now - reading.at > self._old_after:
            reading = self._read(text, reading.length, now)
        names = frozenset({_name(text, reading.evidence)})
        return HeldCode(reading.evidence, names, time.since, time.last, told=reading.told)


def _name(text: str, evidence: PassEvidence) -> str:
    return evidence.pass_id or text
