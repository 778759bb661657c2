"""Tries what reads codes, what measures temperatures, and what people hear."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Timer

from edge.configuration import GateConfiguration
from edge.credentials.known import NumberTyped
from edge.diagnostics.scanner_test import arrivals, in_words
from edge.errors import ConfigurationError
from edge.prompts.texts import LANGUAGES, prompt_language
from edge.prompts.voice import AplayPlayer, file_of, recording_of, scaled
from edge.scanners.core import CodeScanned, PinTyped
from edge.setup.core import TrialOutcome
from edge.setup.trying.wire import TryThis
from edge.thermometry.factory import thermometer_for

_SPOKEN = "face_matched"
"""The prompt that is played."""

Tell = Callable[[str], None]


def try_scanner(configuration: GateConfiguration, asked: TryThis, tell: Tell) -> TrialOutcome:
    """Wait for a code, or a number, from the scanner that is meant. Of it little is shown: it opens gates."""
    name = asked.trial.what if asked.trial is not None else ""
    sections = tuple(section for section in configuration.scanner if section.name == name)
    if not sections:
        raise ConfigurationError(f"there is no scanner {name!r}", where="scanner")
    stop = Event()
    timer = Timer(asked.seconds, stop.set)
    timer.daemon = True
    timer.start()
    heard: list[str] = []
    for report in arrivals(sections, stop):
        text = in_words(report, shown=False)[1]
        tell(text)
        heard.append(text)
        if isinstance(report, CodeScanned | NumberTyped | PinTyped):
            timer.cancel()
            return TrialOutcome(name, True, (text,))
    remedy = "is it switched on, set to this way of sending, and named by the right device? docs/scanners.md"
    return TrialOutcome(
        name, False, problem=heard[-1] if heard else "no code and no number came", remedy=remedy
    )


def try_thermometer(configuration: GateConfiguration, _asked: TryThis, _tell: Tell) -> TrialOutcome:
    """Measure once, whatever is before it. Raises DeviceError where it does not answer."""
    device = thermometer_for(configuration.thermometer)
    if device is None:
        return TrialOutcome("thermometer", True, ("none is asked for",))
    try:
        device.open()
        raw = device.read()
    finally:
        device.close()
    around = "" if raw.ambient is None else f", around it {raw.ambient:.1f} °C"
    return TrialOutcome("thermometer", True, (f"{device.name}: {raw.celsius:.1f} °C{around}",))


def try_voice(configuration: GateConfiguration, _asked: TryThis, _tell: Tell) -> TrialOutcome:
    """Play one prompt. Raises DeviceError where there is no recording, or no sound."""
    section = configuration.prompts
    if section.voice is None:
        return TrialOutcome("voice", True, ("the gate is mute",))
    language = prompt_language(configuration.gate.language)
    file = file_of(section.voice, language if language in LANGUAGES else "en", _SPOKEN)
    AplayPlayer(section.device).play(scaled(recording_of(file), section.volume), lambda: False)
    return TrialOutcome("voice", True, (f"played {file}",))
