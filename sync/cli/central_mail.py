"""`gatepost central mail`: whether this centre can send mail."""

from __future__ import annotations

from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.cli.answers import DONE, PROBLEM, Json, answer
from edge.errors import ConfigurationError
from sync.cli.central_context import CentralFile, central_file

mail_app = cyclopts.App(name="mail", help="Whether this centre can send mail.")

_TEXT = "This is a test of the mail of a Gatepost centre. Nothing is to be done.\n"


@mail_app.command(name="test")
def send_one(
    address: Annotated[str, Parameter(name="ADDRESS", help="Where to.")],
    /,
    *,
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Send one mail by [mail] of central.toml at once, and show what the server says; exit 1 if it does
    not take it.

    Example: gatepost central mail test zhang@example.org
    """
    from sync.central.configuration import load_configuration
    from sync.central.delivery.core import DeliveryOutcome, OutgoingMessage, Recipient, Way, fault_of
    from sync.central.delivery.ways.mail import mail_sender
    from sync.transport.clock import wall

    configuration = load_configuration(central_file(config))
    if configuration.mail is None:
        raise ConfigurationError(
            "no mail server is configured",
            where="[mail] in central.toml",
            remedy="docs/dispatch.md shows one",
        )
    message = OutgoingMessage(Recipient(Way.MAIL, address), "Gatepost: a test", _TEXT)
    if fault := fault_of(message):
        raise ConfigurationError(fault, where="ADDRESS")
    now = wall()
    sent = mail_sender(configuration.mail).send(now, message, now)
    server = f"{configuration.mail.host}:{configuration.mail.port}"
    is_taken = sent.outcome is DeliveryOutcome.SENT
    answer(
        {"address": address, "server": server, "outcome": sent.outcome.value, "said": sent.words},
        f"{server}: {sent.words}" + ("; look whether it arrives" if is_taken else ""),
        json=json,
    )
    return DONE if is_taken else PROBLEM
