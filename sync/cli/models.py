"""`gatepost models`, where the network is known: the mirror of updates is a source of model files too."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import Json, warn
from edge.cli.models import Name, get_models, list_models, show, verify
from edge.errors import ConfigurationError
from models.fetch import OtherSource
from sync.updates.configuration import UPDATE_TOML

app = cyclopts.App(name="models", help="Get, list and verify the model files.")
app.command(list_models, name="list")
app.command(verify)
app.command(show)


@app.command
def get(
    *names: Name,
    update: Annotated[
        Path | None,
        Parameter(
            name="--update",
            help=f"The update.toml whose mirror is asked. By default {UPDATE_TOML}, where it is there.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Get the models that a gate uses, or those named; exit 1 if one that a gate needs cannot be had.

    Where update.toml names a mirror of updates it is asked before the official sources, and believed where
    its role for models signed the file. One that a gate can do without is a warning.

    Example: gatepost models get
    """
    with _mirror(update, json=json) as others:
        get_models(names, others, json=json)


@contextmanager
def _mirror(update: Path | None, *, json: bool) -> Iterator[tuple[OtherSource, ...]]:
    """The mirror that `update` names; else that of this gate's own file: none where there is none, and none,
    with a warning, where it cannot be used. Raises ConfigurationError.
    """
    from sync.updates.configuration import load_update_configuration, root_of_trust, shipped_root
    from sync.updates.model_mirror import ModelMirror

    if update is None and not os.path.lexists(UPDATE_TOML):
        yield ()
        return
    try:
        configuration = load_update_configuration(update or UPDATE_TOML)
        root = root_of_trust(configuration, shipped_root())
    except ConfigurationError as error:
        if update is not None:
            raise
        warn([f"the mirror of updates is not asked: {error}"], json=json)
        yield ()
        return
    with closing(ModelMirror(configuration, root)) as mirror:
        yield (mirror,)
