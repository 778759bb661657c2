"""`gatepost console`: the staff's pages at a gate, and their certificate."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from edge.cli.answers import Json, JsonLogs, answer
from edge.cli.arguments import GateFile, gate_configuration, gate_file
from edge.cli.logs import log_to_stderr
from edge.errors import ConfigurationError
from edge.support.toml_words import in_words

if TYPE_CHECKING:
    from edge.configuration import ConsoleSection

app = cyclopts.App(name="console", help="Serve the pages of the staff at a gate.")


@app.command
def run(
    *,
    config: GateFile = None,
    listen: Annotated[str | None, Parameter(help="https://HOST:PORT; by default [console] listen.")] = None,
    json: JsonLogs = False,
) -> None:
    """Serve the staff's pages in the foreground, as systemd does. A second signal ends it at once.

    Example: gatepost console run --config gates/main/gate.toml
    """
    from edge.console.running import run_console
    from edge.support.notify import Notifier
    from edge.support.stop_signals import stopped_by_signals

    log_to_stderr(json=json)
    configuration = gate_configuration(config)
    socket = configuration.staff.socket
    if socket is None:
        raise ConfigurationError(
            "does not say where the gate answers its console",
            where=f"{gate_file(config)}: [staff] socket",
            remedy="name a socket there, such as /run/gatepost-console/staff.sock, and restart the gate",
        )
    settings = _listening(configuration.console, listen)
    with stopped_by_signals() as stop:
        run_console(
            settings,
            socket,
            settings.name or configuration.gate.id,
            stop,
            Notifier(os.environ),
            lambda _: None,
        )


@app.command
def certify(
    *,
    config: GateFile = None,
    name: Annotated[
        tuple[str, ...],
        Parameter(help="A name or address of this gate; by default [console] names, or its own."),
    ] = (),
    json: Json = False,
) -> None:
    """Make the certificate of the staff's pages, and its key where there is none; show its fingerprint.

    It is signed by itself, for 397 days, and renewed by the console 30 days before its end with the same key.
    Compare the fingerprint once with what the browser of each tablet shows.

    Example: gatepost console certify --name 192.168.1.20 --name east-gate.local
    """
    import socket

    from edge.console.certificate import local_names, make_certificate
    from edge.console.running import certificate_files

    settings = gate_configuration(config).console
    names = name or settings.names or local_names(socket.gethostname())
    file, key = certificate_files(settings)
    made = make_certificate(file, key, names, datetime.now(UTC))
    fields = {"file": str(file), "fingerprint": made.fingerprint, "names": made.names, "until": made.until}
    answer(
        fields,
        f"{file}: for {', '.join(made.names)}, until {made.until:%Y-%m-%d}",
        f"SHA-256 {made.fingerprint}",
        *_as_code(f"SHA256 {made.fingerprint}"),
        json=json,
    )


def _listening(section: ConsoleSection, listen: str | None) -> ConsoleSection:
    """The section, with another `listen`. Raises ConfigurationError where that cannot be."""
    if listen is None:
        return section
    try:
        fields = {**msgspec.to_builtins(section, enc_hook=str), "listen": listen}
        return msgspec.convert(fields, type(section), dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            in_words(error, type(section)), where="--listen", remedy="write https://HOST:PORT"
        ) from None


def _as_code(text: str) -> list[str]:
    """A QR code in letters, for a terminal."""
    import qrcode

    code = qrcode.QRCode(border=2)
    code.add_data(text)
    rows: list[list[bool]] = code.get_matrix()
    rows = [*rows, *([[False] * len(rows[0])] if len(rows) % 2 else [])]
    signs = {(True, True): " ", (True, False): "▄", (False, True): "▀", (False, False): "█"}
    return [
        "".join(signs[upper, lower] for upper, lower in zip(rows[at], rows[at + 1], strict=True))
        for at in range(0, len(rows), 2)
    ]
