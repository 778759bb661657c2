"""`gatepost prompts`: the texts that a gate says and shows, and their recordings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.arguments import GateFile, gate_configuration, gate_file
from edge.errors import ConfigurationError
from edge.prompts.recording import render as render_all
from edge.prompts.texts import LANGUAGES, prompt_language, recorded_texts
from edge.prompts.voice import AplayPlayer, file_of, recording_of, scaled

app = cyclopts.App(name="prompts", help="Make, list and play what a gate says.")


@app.command
def render(
    folder: Annotated[Path, Parameter(help="Where the files go.")],
    /,
    *,
    anew: Annotated[bool, Parameter(help="Also over recordings of your own.")] = False,
    json: Json = False,
) -> None:
    """Make WAV files of what to do (CODE.wav) and why (CODE.why.wav) in each language, with espeak-ng.

    A file that somebody replaced by a recording of their own is left alone, unless --anew.

    Example: gatepost prompts render /var/lib/gatepost/voice
    """
    counts = Counter(str(item.what) for item in render_all(folder, recorded_texts(), anew=anew))
    said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
    answer({"folder": str(folder), "counts": counts}, f"{folder}: {said}", json=json)


@app.command(name="list")
def list_prompts(*, json: Json = False) -> None:
    """List every recording with its texts, to read them aloud or to translate.

    Example: gatepost prompts list
    """
    for code, text in recorded_texts().items():
        lines = (code, f"    zh  {text.zh}", f"    en  {text.en}")
        answer({"prompt": code, "zh": text.zh, "en": text.en}, *lines, json=json)


@app.command
def play(
    code: Annotated[str, Parameter(name="PROMPT", help="Which: gatepost prompts list.")],
    /,
    *,
    config: GateFile = None,
    json: Json = False,
) -> None:
    """Play one prompt as the gate would, to set the volume.

    Example: gatepost prompts play face_matched --config gates/main/gate.toml
    """
    configuration = gate_configuration(config)
    section = configuration.prompts
    if section.voice is None:
        raise ConfigurationError(
            "has no prompts.voice",
            where=str(gate_file(config)),
            remedy="gatepost prompts render FOLDER, and name it",
        )
    if code not in recorded_texts():
        raise ConfigurationError("not a prompt", where=code, remedy="gatepost prompts list")
    language = prompt_language(configuration.gate.language)
    assert language in LANGUAGES  # noqa: S101 - spoken_in gives no other
    file = file_of(section.voice, language, code)
    AplayPlayer(section.device).play(scaled(recording_of(file), section.volume), lambda: False)
    answer({"prompt": code, "file": str(file)}, json=json)
