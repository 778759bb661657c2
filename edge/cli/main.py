"""The one command, `gatepost`: each group of commands is loaded only when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import NoReturn

import cyclopts

from edge.cli.streams import guarded
from edge.errors import GatepostError
from edge.support.escaping import escaped
from edge.support.modes import closed_to_others
from models.errors import ModelError

GROUPS = {
    "gate": ("edge.cli.gate:app", "Run and check a gate."),
    "lane": ("edge.cli.lane:app", "Simulate a lane, or bring one to rest."),
    "replay": ("edge.cli.replay:replay", "Feed pictures, folders or a video through the gate's pipeline."),
    "demo": ("edge.cli.demo:demo", "Play a morning at a gate, with simulated hardware."),
    "site": ("edge.cli.site:app", "Make a site: its keys, its policy and its gates."),
    "root": ("edge.cli.root:app", "Make and rotate the keys that say whose word counts."),
    "subject": ("edge.cli.subject:app", "Keep the subjects of a site."),
    "faces": ("edge.cli.faces:app", "Measure and keep what the gates know faces by."),
    "registry": ("edge.cli.registry:app", "Build and show the signed registry."),
    "pass": ("edge.cli.passes:app", "Issue, list and revoke passes."),
    "code": ("edge.cli.code:app", "Say what a scanned code is and whether it is genuine."),
    "trust": ("edge.cli.trust:app", "Keep the issuers of health certificates, and what is revoked."),
    "journal": ("edge.cli.journal:app", "Read, verify and export a gate's journal."),
    "prompts": ("edge.cli.prompts:app", "Make, list and try what a gate says."),
    "models": ("edge.cli.models:app", "Fetch, list and verify the model files."),
}


Groups = Mapping[str, tuple[str, str]]
"""A group's name → where its app is, and what it is for."""


def command(groups: Groups = GROUPS) -> cyclopts.App:
    """The command line of `groups`, with nothing imported but names."""
    app = cyclopts.App(
        name="gatepost",
        help="The software of a residential gate.",
        version=version("gatepost"),
        result_action="return_int_as_exit_code_else_zero",
    )
    for name, (place, text) in groups.items():
        app.command(place, name=name, help=text)
    return app


def run(groups: Groups, words: Sequence[str] | None = None) -> NoReturn:
    """Run `words`, or what the command line says: an error that a person can act on is one line."""
    # OpenCV warns of its own experiments at every start; what matters reaches us as an error.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    try:
        with guarded(), closed_to_others():
            sys.exit(command(groups)(words))
    except (GatepostError, ModelError) as error:
        print(f"gatepost: {escaped(str(error))}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: nothing is wrong.
        sys.stderr.close()
        sys.exit(0)


def main() -> None:
    """The gate's commands alone, without the network; `gatepost` is sync.cli.main."""
    run(GROUPS)


if __name__ == "__main__":
    main()
