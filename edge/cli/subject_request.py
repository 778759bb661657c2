"""`gatepost subject request`: what gates ask of those who keep the registry, where there is no centre."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import cyclopts
from cyclopts import Parameter
from rich.table import Table

from edge.admin.gate_requests import AnswerWritten, FiledRequest, accept, open_request, refuse, request_files
from edge.admin.signature import signature_svg
from edge.admin.site_admin import SiteAdmin
from edge.cli.answers import Json, answer, objects, warn
from edge.cli.arguments import Actor
from edge.cli.files_to_read import ToRead
from edge.cli.sites import HERE, SiteFolder, site_admin_in
from edge.cli.subject import TELL
from edge.cli.terminal import console
from edge.consent import is_wording, wording_for
from edge.errors import RegistryError
from edge.registry_requests import receipt_of
from edge.signing.cose import instant
from edge.signing.key_files import write_secret

request_app = cyclopts.App(name="request", help="What gates ask, where there is no centre.")

RequestFile = Annotated[Path, ToRead, Parameter(name="FILE", help="A file ID.request of a gate's outbox.")]
Answers = Annotated[
    Path | None, Parameter(help="Where the answer is left for the gate; by default beside FILE.")
]


@request_app.command(name="list")
def list_requests(
    *folders: Annotated[Path, ToRead, Parameter(name="FOLDER", help="Outboxes of gates, or copies of them.")],
    json: Json = False,
    folder: SiteFolder = HERE,
) -> int:
    """List what gates ask, the oldest first, and what became of it; exit 1 where a file cannot be read.

    Keep a folder for each gate: answers are left in it.

    Example: gatepost subject request list stick/main stick/out
    """
    if not folders:
        raise RegistryError("no folder is named", remedy="name the copy of a gate's enrolment.outbox")
    admin = site_admin_in(folder)
    asked, wrong = _read(admin, [path for each in folders for path in request_files(each)])
    rows = [_fields(admin, each) for each in sorted(asked, key=lambda each: each.request.at)]
    warn(wrong, json=json)
    if json:
        objects(rows)
        return int(bool(wrong))
    table = Table(
        "when (UTC)", "receipt", "gate", "asks", "subject", "by", "consent", "looks like", "state", "file"
    )
    for row in rows:
        table.add_row(
            f"{row['at']:%Y-%m-%d %H:%M}",
            row["receipt"],
            row["gate"],
            row["kind"],
            row["subject"],
            row["actor"],
            f"{row['wording']}{' by a guardian' if row['guardian'] else ''}",
            " ".join(filter(None, (row["alike"], row["choice"]))),
            row["state"],
            row["file"],
        )
    console().print(table)
    return int(bool(wrong))


@request_app.command
def show(
    file: RequestFile,
    /,
    *,
    paper: Annotated[Path | None, Parameter(help="A new file (SVG) for the signature, yours alone.")] = None,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Show one request, with the text that was signed, and the signature as a picture.

    Example: gatepost subject request show stick/main/3f2a91bc….request --paper signature.svg
    """
    admin = site_admin_in(folder)
    asked = open_request(admin, file)
    fields = _fields(admin, asked)
    if paper is not None:
        if asked.paper is None:
            raise asked.refused(
                "brings no signed paper", "a withdrawal needs none, and what was answered has none"
            )
        write_secret(paper, signature_svg(asked.paper))
        fields["paper"] = str(paper)
    text = ""
    if asked.paper is not None and is_wording(asked.paper.wording):
        text = wording_for(asked.paper.language, asked.paper.wording)
    lines = [f"{name}: {value}" for name, value in fields.items() if value not in {"", False}]
    answer(fields | {"text": text}, *lines, *filter(None, [text]), json=json)


@request_app.command(name="accept")
def accept_request(
    file: RequestFile,
    /,
    *,
    actor: Actor,
    answers: Answers = None,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Do what a gate asks, and write its answer: templates and consent, or their withdrawal.

    New templates take the place of the old ones. Said again, it only writes the answer again.

    Example: gatepost subject request accept stick/main/3f2a91bc….request --actor "Wang Wei"
    """
    admin = site_admin_in(folder)
    asked = open_request(admin, file)
    done = accept(admin, asked, actor, answers or file.parent, datetime.now(UTC))
    _say(asked, done, f"; {TELL}", json=json)


@request_app.command(name="refuse")
def refuse_request(
    file: RequestFile,
    /,
    *,
    reason: Annotated[str, Parameter(help="Why; the gate's staff read it.")],
    actor: Actor,
    answers: Answers = None,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Refuse what a gate asks, and write its answer. A withdrawal that can be done is not refused.

    Example: gatepost subject request refuse 3f2a91bc….request --reason "moved out" --actor "Wang Wei"
    """
    admin = site_admin_in(folder)
    asked = open_request(admin, file)
    done = refuse(admin, asked, actor, reason, answers or file.parent, datetime.now(UTC))
    _say(asked, done, "", json=json)


def _read(admin: SiteAdmin, paths: list[Path]) -> tuple[list[FiledRequest], list[str]]:
    asked, wrong = [], []
    for path in paths:
        try:
            asked.append(open_request(admin, path))
        except RegistryError as error:
            wrong.append(str(error))
    return asked, wrong


def _fields(admin: SiteAdmin, asked: FiledRequest) -> dict[str, Any]:
    request = asked.request
    before = admin.store.answered_request(request.id.hex())
    return {
        "receipt": receipt_of(request.id.hex()),
        "gate": request.gate,
        "kind": request.kind.value,
        "subject": request.subject,
        "at": instant(request.at),
        "actor": request.staff,
        "wording": request.wording,
        "language": request.language,
        "guardian": request.guardian,
        "alike": request.alike,
        "choice": request.choice,
        "templates": len(request.templates),
        "state": "waiting" if before is None else f"{before.state} by {before.actor}",
        "file": str(asked.path),
    }


def _say(asked: FiledRequest, done: AnswerWritten, end: str, *, json: bool) -> None:
    noted, receipt, subject = done.noted, receipt_of(done.noted.id), asked.request.subject
    again = " already; its answer is written again" if done.again else ""
    warn(done.warnings, json=json)
    answer(
        {
            "receipt": receipt,
            "subject": subject,
            "state": noted.state,
            "version": noted.version,
            "actor": noted.actor,
            "file": str(done.file),
        },
        f"{receipt} ({asked.request.kind.value} {subject}): {noted.state}{again}{end}",
        f"answer: {done.file}; copy it into the gate's enrolment.answers",
        json=json,
    )
