"""Where the files of a gate lie, as gate.toml names them."""

from __future__ import annotations

import msgspec


class Places(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Paths, absolute or relative to gate.toml's folder. What a centre adds is used where there is one.
    `boards` is where board files of the site's own are kept, `voice` its recordings; empty: where they are.
    """

    root_key: str = "root.pub"
    template_key: str = "template.key"
    sealing_key: str = "sealing.key"
    inbox: str = "inbox/registry.bundle"
    registry: str = "state/registry"
    lists: str = "inbox/lists"
    journal: str = "state/journal.sqlite"
    staff: str = ""
    staff_socket: str = ""
    certificate: str = "console/certificate.pem"
    console_key: str = "console/key.pem"
    boards: str = ""
    voice: str = ""
    journal_socket: str = ""
    acknowledged: str = ""
    commands_socket: str = ""
    wanted: str = ""
    updated: str = ""
    update_toml: str = ""


IN_FOLDER = Places()
"""All beside gate.toml: a gate on a bench."""

ON_SYSTEM = Places(
    root_key="/etc/gatepost/root.pub",
    template_key="/var/lib/gatepost/template.key",
    sealing_key="/var/lib/gatepost/sealing.key",
    inbox="/var/lib/gatepost-sync/inbox/registry.bundle",
    registry="/var/lib/gatepost/registry",
    lists="/var/lib/gatepost-sync/inbox/lists",
    journal="/var/lib/gatepost-journal/journal.sqlite",
    staff="/var/lib/gatepost/staff.db",
    staff_socket="/run/gatepost-console/staff.sock",
    certificate="/var/lib/gatepost-console/certificate.pem",
    console_key="/var/lib/gatepost-console/key.pem",
    boards="/etc/gatepost/boards",
    voice="/etc/gatepost/voice",
    journal_socket="/run/gatepost/journal.sock",
    acknowledged="/var/lib/gatepost-sync/acknowledged",
    commands_socket="/run/gatepost/commands.sock",
    wanted="/var/lib/gatepost-wanted/version",
    updated="/var/lib/gatepost-apply/standing.json",
    update_toml="/etc/gatepost/update.toml",
)
"""Where the units look: docs/installing.md."""
