"""The groups of the gate's commands, by name alone: nothing of them is loaded."""

from __future__ import annotations

from collections.abc import Mapping

Groups = Mapping[str, tuple[str, str]]
"""A group's name → where its app is, and what it is for."""

_REPLAY = """Decide on pictures, folders or videos as the gate would, with simulated pins.

Exit 1 if one could not be read.

Example: gatepost replay --config gates/main/gate.toml --json li-na.png"""

_DEMO = """Play a morning at a gate in real time, with simulated hardware.

With --console the staff's pages are open meanwhile, and it prints where and with which PIN.

Example: gatepost demo --console"""

GROUPS = {
    "gate": ("edge.cli.gate:app", "Run a gate, check it, and see who is inside."),
    "console": ("edge.cli.console:app", "Serve the pages of the staff at a gate."),
    "lane": ("edge.cli.lane:app", "Simulate a lane, or bring one to rest."),
    "board": ("edge.cli.board:app", "List board files, check one, and draw its wires and its test sheet."),
    "boot": ("edge.cli.boot:app", "Show the boot settings of a gate's Raspberry Pi."),
    "replay": ("edge.cli.replay:replay", _REPLAY),
    "demo": ("edge.cli.demo:demo", _DEMO),
    "site": ("edge.cli.site:app", "Make a site: its keys, its policy and its gates."),
    "backup": ("edge.cli.backup:app", "The keys that open backups."),
    "root": ("edge.cli.root:app", "Make and rotate the keys that say whose word counts."),
    "subject": ("edge.cli.subject:app", "Keep the subjects of a site."),
    "faces": ("edge.cli.faces:app", "Measure and compare what the gates know faces by."),
    "registry": ("edge.cli.registry:app", "Build and show the signed registry."),
    "pass": ("edge.cli.passes:app", "Issue, list and revoke passes."),
    "code": ("edge.cli.code:app", "Say what a scanned code is and whether it is genuine."),
    "trust": ("edge.cli.trust:app", "Keep the issuers of health certificates, and what is revoked."),
    "journal": ("edge.cli.journal:app", "Read, verify and export a gate's journal."),
    "staff": ("edge.cli.staff:app", "Say who may sign in at a gate's console."),
    "prompts": ("edge.cli.prompts:app", "Make, list and play what a gate says."),
    "scanner": ("edge.cli.scanner:app", "See what scanners and keypads send."),
    "models": ("edge.cli.models:app", "Get, list and verify the model files."),
}
