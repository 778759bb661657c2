"""What the page Now says of the gate's values: which card is shown, which facts are broken, for how long."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from edge.console.advice import ADVICE
from edge.decision import TEXTS, Guidance, Outcome
from edge.signing.cose import microseconds
from edge.staff.core import FAULTS as REPORTABLE
from edge.staff.core import REASONS
from edge.staff.protocol.now import Card, DeviceFact, Means, NowView, Row, Stage
from edge.web.texts import N_


@dataclass(frozen=True)
class ShownFault:
    """What the gate cannot do, as the card shows it: the fact that is broken, and since when."""

    what: str
    rule: str
    since: float
    detail: str = ""


@dataclass(frozen=True)
class FaultWords:
    """What is said of a fault: what does not work, what still does, and what to do, step by step."""

    title: str
    line: str
    works: str
    steps: tuple[str, ...]


_HOLDS = (2, 5, 10, 30, 60)
_USUAL_HOLD = 5
"""Minutes for which the barrier is held open, where the site allows it."""
_MOST_RECEIPTS = 3
"""Receipts that may be read at a time, on as many tablets."""
_ALL_ELSE = N_("Passes and button work as always.")
_BUTTON = N_("The wired button works as always.")
FAULTS: Mapping[str, FaultWords] = MappingProxyType(
    {
        "lane": FaultWords(
            N_("The barrier is not as it should be"),
            N_("Look at the barrier"),
            N_("Decisions go on and are recorded."),
            (
                N_("See whether somebody or something is in the way"),
                N_("See whether the boom or the door moves freely"),
                N_("If it stays so, report it"),
            ),
        ),
        "camera": FaultWords(
            N_("The camera sees nothing"),
            N_("No faces; all else works"),
            N_("All else works as always. Nobody is denied for it: the screen asks for passes."),
            (
                N_("Wipe the lens, take away what covers it"),
                N_("See whether the lamp is on"),
                N_("If it stays so, report it"),
            ),
        ),
        "registry": FaultWords(
            N_("The registry is too old, or missing"),
            N_("Visitors may be refused"),
            _BUTTON,
            (N_("See whether the link to the centre works"), N_("Call the centre")),
        ),
        "clock": FaultWords(
            N_("The clock cannot be trusted"),
            N_("Timed permits do not work"),
            N_("Residents without an end of their permit pass as always. The wired button works."),
            (N_("See whether the network works"), N_("Call the centre")),
        ),
        "scanner": FaultWords(
            N_("A scanner or keypad does not answer"),
            N_("The other ways in work"),
            _ALL_ELSE,
            (N_("See whether its cable is plugged in"), N_("If it stays so, report it")),
        ),
        "thermometer": FaultWords(
            N_("The thermometer does not answer"),
            N_("Nobody is refused for it"),
            _ALL_ELSE,
            (N_("See whether its cable is plugged in"), N_("If it stays so, report it")),
        ),
    }
)

PHASES: Mapping[str, str] = MappingProxyType(
    {
        "closed": N_("Closed"),
        "opening": N_("Opening"),
        "open": N_("Open"),
        "closing": N_("Closing"),
        "held_too_long": N_("Open too long"),
        "held_open_by_staff": N_("Held open"),
        "forced": N_("Forced open"),
        "obstructed": N_("Something is in the way"),
        "warning": N_("About to close"),
        "halted": N_("Stopped: somebody is in the way"),
        "fault": N_("Out of order"),
        "fire": N_("Fire: stays open"),
        "locked": N_("Locked"),
    }
)
CAMERA: Mapping[str, str] = MappingProxyType(
    {
        "opening": N_("Starting"),
        "streaming": N_("Sees"),
        "finished": N_("Finished"),
        "none": N_("No camera"),
        "stalled": N_("Stands still"),
        "gone": N_("Gone"),
        "blind": N_("Sees nothing"),
        "failed": N_("Starts again"),
    }
)
TRUST: Mapping[str, str] = MappingProxyType(
    {"trusted": N_("Trusted"), "holdover": N_("On its own"), "untrusted": N_("Not trusted")}
)
READY: Mapping[str, str] = MappingProxyType(
    {
        "face": N_("Ready: face; a pass calls the staff"),
        "code": N_("Ready: pass"),
        "code+keypad": N_("Ready: pass, keypad"),
        "face_or_code": N_("Ready: face, pass"),
        "face_or_code+keypad": N_("Ready: face, pass, keypad"),
        "face_and_code": N_("Ready: face and pass together"),
        "staffed": N_("Ready: staff decide"),
        "free": N_("Ready: everybody passes"),
        "locked": N_("Locked: nobody is let in"),
        "": N_("Not ready: no registry yet"),
    }
)
_OTHER_GATE = (
    N_("the other gate was not shut in time"),
    N_("See that the other gate is shut, and let in again. In an emergency use the wired button."),
)
_LOCKED = (N_("the gate was locked"), N_("Let in by name and with a reason, or unlock the gate first."))
_TOO_MANY = (
    N_("eight were let in, and have not passed yet"),
    N_("Wait until they have passed, and let in again. In an emergency use the wired button."),
)
LANE_REFUSALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "too_many_waiting": _TOO_MANY,
        "too_many_open": _TOO_MANY,
        "interlock": _OTHER_GATE,
        "interlock_open": _OTHER_GATE,
        "locked": _LOCKED,
        "locked_again": _LOCKED,
        "": (
            N_("the lane refused"),
            N_("Look at the barrier, and use the wired button."),
        ),
    }
)
"""Why the lane did not open for somebody, and what to do."""
_GUIDANCE = {reason.value: told for reason, told in TEXTS.items()}
_ADVICE = {reason.value: advice.do for advice in ADVICE for reason in advice.reasons}
UNITS: Mapping[str, tuple[str, str, str, str]] = MappingProxyType(
    {"en": ("s", "min", "h", "d"), "zh": ("秒", "分钟", "小时", "天")}
)


class ShownView:
    """A view as a page shows it at `now` (microseconds since 1970 UTC): its times and ages, and its card."""

    def __init__(self, view: NowView, now: int) -> None:
        self.view = view
        self.now = now
        self._monotonic = max(time.monotonic(), view.monotonic)
        self.zone = view.time_zone
        mode = "code" if view.mode == "face_or_code" and not view.faces else view.mode
        with_keypad = f"{mode}+keypad"
        self.ready = READY.get(with_keypad if view.keypad and with_keypad in READY else mode, mode)

    @property
    def kind(self) -> str:
        """What the card is: by its shape and colour."""
        card = self.card
        if card is None:
            return "nobody" if self.fault is None else "fault"
        if card.stage is Stage.DECIDED and card.outcome is not None:
            return Outcome.REFER.value if card.refused else card.outcome.value
        return "ask"

    @property
    def card(self) -> Card | None:
        return self.view.card

    @property
    def fault(self) -> ShownFault | None:
        """What the card says while nobody is there, and something is broken that people have to see to."""
        facts = self.view.facts
        devices = ((name, device) for name, device in (("camera", facts.camera), *self._others()))
        if facts.lane.broken:
            return ShownFault("lane", f"lane.{facts.lane.phase}", facts.lane.since)
        for name, device in devices:
            if device.broken:
                return ShownFault(name, f"{name}.{device.state}", device.since, device.detail)
        if facts.registry.broken:
            return ShownFault("registry", "registry.old", facts.registry.since)
        return ShownFault("clock", "clock.untrusted", facts.clock.since) if facts.clock.broken else None

    @property
    def refused(self) -> Row | None:
        """The access of a moment ago for which the lane did not open."""
        return None if self.view.refused is None else self.row(self.view.refused)

    @property
    def by_staff(self) -> tuple[Row, ...]:
        """The last ones whom staff let in."""
        return tuple(row for row in self.view.last if row.means is Means.STAFF)[:_MOST_RECEIPTS]

    def row(self, number: int) -> Row | None:
        """The access of that number, where it is one of the last."""
        return next((row for row in self.view.last if row.number == number), None)

    @property
    def devices(self) -> tuple[DeviceFact, ...]:
        """Scanners and the thermometer that are broken: the others are not worth a cell."""
        return tuple(device for _, device in self._others() if device.broken)

    @property
    def normal(self) -> int:
        """How many of the six facts are as they should be."""
        facts = self.view.facts
        broken = (facts.lane.broken, facts.inside.full, facts.registry.broken, facts.clock.broken)
        return 6 - sum((*broken, facts.link.broken, facts.camera.broken))

    @property
    def issued_age(self) -> int:
        """Whole seconds since the registry was issued."""
        issued = self.view.facts.registry.issued
        return 0 if issued is None else int(max(0.0, (self.view.at - issued).total_seconds()))

    @property
    def rules(self) -> str:
        """What of the page itself follows the site's rules: where these change, an open page loads anew."""
        view = self.view
        return f"{view.camera_view:d} {view.hold_at_most} {view.time_zone}"

    @property
    def hold_offers(self) -> tuple[int, ...]:
        """For how many minutes the barrier may be held open, the most that the site allows among them; none
        where it allows no hold.
        """
        most = self.view.hold_at_most
        return () if most == 0 else (*(minutes for minutes in _HOLDS if minutes < most), most)

    @property
    def hold_preset(self) -> int:
        """The minutes that are chosen already."""
        return min(_USUAL_HOLD, self.view.hold_at_most)

    @property
    def guidance(self) -> Guidance | None:
        """What the person is told; None: nothing in words."""
        card = self.card
        return None if card is None else _GUIDANCE.get(card.reason)

    @property
    def advice(self) -> tuple[str, ...]:
        """What staff do about the decision: texts, the first thing first."""
        card = self.card
        return () if card is None else _ADVICE.get(card.reason, ())

    def age(self, since: float) -> int:
        """Whole seconds since a moment of the gate's clock that only goes forward."""
        return int(max(0.0, self._monotonic - since))

    def left(self, until: float) -> int:
        """Whole seconds until then."""
        return int(max(0.0, until - self._monotonic))

    def at(self, since: float) -> int:
        """When that was by the wall clock (microseconds since 1970 UTC)."""
        ago = timedelta(seconds=self.view.monotonic - since)
        return microseconds((self.view.at - ago).astimezone(UTC))

    @property
    def held_until(self) -> int:
        """Until when the centre holds entries (microseconds since 1970 UTC); 0: it does not."""
        held = self.view.facts.held
        return 0 if held is None else microseconds(held.until)

    def row_at(self, row: Row) -> int:
        return microseconds(row.at)

    def _others(self) -> tuple[tuple[str, DeviceFact], ...]:
        facts = self.view.facts
        found = tuple(("scanner", scanner) for scanner in facts.scanners)
        return found if facts.thermometer is None else (*found, ("thermometer", facts.thermometer))


def duration(seconds: float, language: str) -> str:
    """How long that is, in its two largest units: 3 s, 11 min, 1 h 37 min."""
    units, whole = UNITS[language], int(max(0.0, seconds))
    days, hours, minutes = whole // 86_400, whole // 3600, whole // 60
    if days:
        parts = ((days, 3), (hours % 24, 2))
    elif hours:
        parts = ((hours, 2), (minutes % 60, 1))
    else:
        parts = ((minutes, 1), (0, 0)) if minutes else ((whole, 0), (0, 0))
    return " ".join(
        f"{count} {units[unit]}" for place, (count, unit) in enumerate(parts) if count or not place
    )


def one_in(share: float) -> str:
    """A share as one in so many."""
    return f"{round(1 / share):,}" if share > 0 else "∞"


def number_of(card_or_row: Card | Row) -> str:
    """The number by which a decision is appealed against: the centre and the journal know it."""
    return "" if card_or_row.number is None else f"E-{card_or_row.number}"


def micro(at: datetime) -> int:
    """Microseconds since 1970 UTC, as pages have their times."""
    return microseconds(at)


WORDS: Mapping[str, Any] = MappingProxyType(
    {
        "phases": PHASES,
        "camera_words": CAMERA,
        "trust_words": TRUST,
        "faults": FAULTS,
        "lane_refusals": LANE_REFUSALS,
        "units": UNITS,
        "staff_reasons": REASONS,
        "fault_texts": REPORTABLE,
        "duration": duration,
        "number_of": number_of,
        "micro": micro,
        "one_in": one_in,
    }
)
"""What the templates of this page may name besides."""
