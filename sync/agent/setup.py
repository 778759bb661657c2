"""Writes a gate's sync.toml beside its gate.toml, and adds to gate.toml where the two processes meet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.configuration import load_configuration
from edge.errors import ConfigurationError
from edge.registry.format import MOST_BUNDLE_BYTES
from edge.registry.keys import read_public_keys
from edge.signing.key_files import make_private_key, public_pem, read_private_key
from edge.support.files import make_folder, read_bounded, write_aside, write_synced
from edge.support.toml import MOST_BYTES
from sync.agent.sync_file import Meets, Speaks, sync_file


@dataclass(frozen=True)
class SyncSetup:
    """What was written: sync.toml, the device's id, the gate that it speaks for, and the file of its public
    message key.
    """

    file: Path
    device: str
    site: str
    gate: str
    message_key: Path


def init_sync(
    gate_file: Path,
    identity: Path,
    central: Path,
    host: str,
    port: int,
    *,
    plain: bool,
    share_counts: bool = False,
) -> SyncSetup:
    """Write sync.toml beside `gate_file`, and add the paths where the processes meet to that file.

    With `share_counts` the gate counts together with the other gates of its site.
    `identity` is the folder of `gatepost device enrol`; its message key is made if missing.
    Nothing that exists is overwritten. Raises ConfigurationError, or RegistryError where `central` is no key.
    """
    gate = load_configuration(gate_file)
    folder, file = gate_file.resolve().parent, gate_file.resolve().with_name("sync.toml")
    if file.exists():
        raise ConfigurationError("exists already", where=str(file), remedy="edit it, or remove it first")
    read_public_keys(central)
    state = gate.journal.path.resolve().parent
    acknowledged, commands, journal = state / "acknowledged", state / "commands.sock", state / "journal.sock"
    inbox, lists = state / "inbox" / "registry.bundle", state / "inbox" / "lists"
    counts = {"outbox": state / "counts.json", "inbox": state / "counts"} if share_counts else {}
    _join_gate_file(
        gate_file,
        {"inbox": inbox, "lists": lists},
        {"acknowledged": acknowledged, "socket": journal},
        {"commands": {"socket": commands}, "counts": counts},
    )
    for place in (
        acknowledged,
        inbox.parent,
        lists,
        state / "spool",
        *([state / "counts"] if share_counts else []),
    ):
        make_folder(place, 0o750)  # the gate process is in the group
    if gate.registry.inbox.is_file() and not inbox.exists():
        # The gate keeps the registry it has until central sends its own.
        write_aside(inbox, read_bounded(gate.registry.inbox, MOST_BUNDLE_BYTES, follow=True))
    key = identity / "message.key"
    private = read_private_key(key) if key.exists() else make_private_key(key)
    write_aside(key.with_suffix(".pub"), public_pem(private.public_key()), 0o644)
    requests = gate.enrolment
    enrolments = None
    if requests.outbox is not None and requests.answers is not None:
        make_folder(requests.answers, 0o750)
        enrolments = (requests.outbox.resolve(), requests.answers.resolve())
    meets = Meets(
        journal=journal,
        acknowledged=acknowledged,
        root_key=gate.registry.root_key.resolve(),
        inbox=inbox,
        folder=gate.registry.folder.resolve(),
        spool=state / "spool",
        lists=lists,
        commands=commands,
        counts=(counts["outbox"], counts["inbox"]) if counts else None,
        enrolments=enrolments,
    )
    who = Speaks(gate.device, gate.gate.site, gate.gate.id, identity.resolve(), central.resolve())
    text = sync_file(who, (host, port), meets, plain=plain)
    write_aside(folder / "sync.toml", text.encode(), 0o644)
    return SyncSetup(file, gate.device, gate.gate.site, gate.gate.id, key.with_suffix(".pub"))


def _join_gate_file(
    gate_file: Path,
    inboxes: Mapping[str, Path],
    journal: Mapping[str, Path],
    sections: Mapping[str, Mapping[str, Path]],
) -> None:
    """Add the paths to gate.toml, line by line, so that a person's comments stay."""
    before, text = load_configuration(gate_file), read_bounded(gate_file, MOST_BYTES, follow=True).decode()
    text = re.sub(r"(?m)^lists = .*\n", "", text, count=1)
    text = re.sub(r"(?m)^inbox = .*$", _lines(inboxes), text, count=1)
    missing = {key: path for key, path in journal.items() if getattr(before.journal, key) is None}
    if missing:
        text = re.sub(r"(?m)^\[journal\]$", f"[journal]\n{_lines(missing)}", text, count=1)
    for name, keys in sections.items():
        if keys and not re.search(rf"(?m)^\[{name}\]", text):
            text += f"\n[{name}]\n{_lines(keys)}\n"
    aside = gate_file.with_name(gate_file.name + ".new")
    write_synced(aside, text.encode(), like=gate_file)
    try:
        changed = load_configuration(aside)
        set_as_wanted = [getattr(changed.registry, key) == path for key, path in inboxes.items()]
        set_as_wanted += [getattr(changed.journal, key) == path for key, path in journal.items()]
        set_as_wanted += [
            getattr(getattr(changed, name), key) == path
            for name, keys in sections.items()
            for key, path in keys.items()
        ]
        if not all(set_as_wanted):
            raise ConfigurationError(
                "has other paths in [journal], [commands] or [counts] already", where=str(gate_file)
            )
    except ConfigurationError:
        aside.unlink()
        raise
    aside.replace(gate_file)


def _lines(keys: Mapping[str, Path]) -> str:
    return "\n".join(f'{key} = "{path}"' for key, path in keys.items())
