"""The one command, `gatepost`, with everything that it can do.

The edge imports nothing of sync, so its own command line (edge.cli.main) does not know these groups; this
one stands above both and is what is installed.
"""

from __future__ import annotations

import sys

from edge.cli.groups import GROUPS as EDGE_GROUPS
from edge.cli.unit_lines import run_line, unit_line

_SETUP = """Set up this gate: find what is wired, ask what is missing, try it with you, and start the gate.

With --enrol the centre gives what the gate needs: keys, certificate, broker, and its site's root. Exit 1
where something is left to do; what was found and tried is said. A gate that worked goes on working
whatever happens. Run again it starts from what is there; --step takes one step alone.

Example: gatepost setup --answers gate-3.toml"""

GROUPS = EDGE_GROUPS | {
    "setup": ("sync.cli.setup:setup", _SETUP),
    "models": ("sync.cli.models:app", "Get, list and verify the model files."),
    "sync": ("sync.cli.sync:app", "Run a gate's sync process: journal up, registry down."),
    "update": ("sync.cli.update:app", "Newer software: fetch it, try it out, put it in force, go back."),
    "device": ("sync.cli.device:app", "Who this device is: its keys, made here, and its certificate."),
    "simulate": ("sync.cli.simulate:app", "Load a broker and a centre with gates that are simulated."),
    "central": ("sync.cli.central:app", "Run the operations centre."),
}


def main() -> None:
    """Entry point of `gatepost`."""
    words = sys.argv[1:]
    if (does := unit_line(words)) is not None:
        run_line(does, words)
    from edge.cli.main import start

    start(GROUPS)


if __name__ == "__main__":
    main()
