"""`gatepost prompts`: the texts that a gate says and shows, and their recordings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.configuration import load_configuration
from edge.errors import ConfigurationError
from edge.prompts.recording import render as render_all
from edge.prompts.texts import LANGUAGES, spoken_in, texts
from edge.prompts.voice import AplayPlayer, file_of, recording_of, scaled

app = cyclopts.App(name="prompts", help="Make, list and try what a gate says.")


@app.command
def render(folder: Path, *, anew: bool = False) -> None:
    """Make a WAV file for each text and language in FOLDER, with espeak-ng.

    A file that somebody replaced by a recording of their own is left alone, unless --anew.
    """
    counts = Counter(item.what for item in render_all(folder, texts(), anew=anew))
    said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    print(f"{folder}: {said}")


@app.command(name="list")
def show() -> None:
    """Print every code with its texts, to read them aloud or to translate."""
    for code, text in texts().items():
        print(f"{code}\n    zh  {text.zh}\n    en  {text.en}")


@app.command
def play(
    code: str, *, config: Annotated[Path, Parameter(name="--config", help="the gate's gate.toml")]
) -> None:
    """Play one prompt as the gate would, to set the volume."""
    configuration = load_configuration(config)
    section = configuration.prompts
    if section.voice is None:
        raise ConfigurationError(
            "has no prompts.voice", where=str(config), remedy="gatepost prompts render FOLDER, and name it"
        )
    if code not in texts():
        raise ConfigurationError("is no prompt", where=code, remedy="gatepost prompts list")
    language = spoken_in(configuration.gate.language)
    assert language in LANGUAGES  # noqa: S101 - spoken_in gives no other
    recording = recording_of(file_of(section.voice, language, code))
    AplayPlayer(section.device).play(scaled(recording, section.volume), lambda: False)
