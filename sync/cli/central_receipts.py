"""`gatepost central receipt`: which gates have confirmed a removal, and the evidence for somebody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import cyclopts
import msgspec
from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.cli.files_to_read import ToRead
from edge.errors import ConfigurationError
from edge.registry.keys import read_public_keys
from edge.signing.key_files import read_private_key
from edge.support.counted import counted
from edge.support.files import make_folder, read_bounded, write_aside
from sync.central.configuration import CentralConfiguration, load_configuration
from sync.central.reported.evidence import EvidenceRefused, checked_evidence, evidence_of
from sync.central.reported.receipts import (
    GateReceipt,
    ReceiptState,
    RemovalReceipts,
    erasure_receipts,
    revocation_receipts,
)
from sync.central.store import Store, StoreError
from sync.cli.central_context import CentralFile, SiteId, ago, central_file, iso, opened, shown
from sync.transport.clock import wall

receipt_app = cyclopts.App(name="receipt", help="Which gates confirm that somebody is gone.")

_MOST_BYTES = 64 * 1024
"""No evidence is larger."""


@receipt_app.command
def show(
    site: SiteId,
    wanted: Annotated[str, Parameter(name="WHO", help="A person's id, a pass's, or a reference.")],
    /,
    *,
    evidence: Annotated[Path | None, Parameter(help="Write each gate's evidence into this folder.")] = None,
    json: Json = False,
    config: CentralFile = None,
) -> int:
    """Show which gates have confirmed that somebody is gone, or a pass counts no more; exit 1 until all have.

    Each gate confirms in its journal, which it signs, once it has looked into its own files. A removal has a
    reference, which names nobody: once every gate has confirmed, nothing here says whose it was, and the
    reference alone finds it.

    Example: gatepost central receipt show green-court li-na
    """
    configuration = load_configuration(central_file(config))
    with opened(config) as store:
        found = _found(store, site, wanted, configuration)
        if not found:
            raise StoreError(
                f"nothing of {wanted!r} was removed from a registry of {site!r}, or all have confirmed",
                remedy="name the reference, or publish first: gatepost central registry publish",
            )
        files = [] if evidence is None else _written(store, found, configuration, evidence)
    for title, item in found:
        answer(_fields(title, item, files), *_lines(title, item), json=json)
    if files and not json:
        answer({}, *(f"evidence: {file}" for file in files), json=False)
    return 0 if all(item.is_complete for _, item in found) else 1


@receipt_app.command
def verify(
    files: Annotated[tuple[Path, ...], ToRead, Parameter(name="FILE", help="What `show --evidence` wrote.")],
    /,
    *,
    key: Annotated[Path, ToRead, Parameter(help="The centre's public key (PEM).")] = Path("central.pub"),
    json: Json = False,
) -> int:
    """Check evidence without a database: the event is whole, and central signed that it has stored it.

    Example: gatepost central receipt verify evidence/green-court.main.json --key central.pub
    """
    [central, *_] = read_public_keys(key)
    code = 0
    for file in files:
        try:
            told, confirmed = checked_evidence(_read(file), central)
        except EvidenceRefused as error:
            code = 1
            answer({"file": str(file), "holds": False, "text": error.what}, f"{file}: {error}", json=json)
            continue
        text = (
            f"{file}: {told.device} confirmed removal {told.reference} at {shown(told.at)} UTC, "
            f"event {told.sequence}, by {confirmed.by} {confirmed.number}"
        )
        answer(
            {"file": str(file), "holds": True, "device": told.device, "reference": told.reference},
            text,
            json=json,
        )
    return code


def _found(
    store: Store, site: str, wanted: str, configuration: CentralConfiguration
) -> list[tuple[str, RemovalReceipts]]:
    now, bound = wall(), configuration.receipts.bound
    with store.reading() as connection:
        revoked = revocation_receipts(connection, site, wanted, now, bound)
        erased = erasure_receipts(connection, site, wanted, now, bound)
    return [
        *(("counts no more", item) for item in revoked),
        *(("gone from every file", item) for item in erased),
    ]


def _written(
    store: Store,
    found: Sequence[tuple[str, RemovalReceipts]],
    configuration: CentralConfiguration,
    folder: Path,
) -> list[Path]:
    key = read_private_key(configuration.central.key)
    make_folder(folder)
    files = []
    with store.reading() as connection:
        for reference in dict.fromkeys(item.reference for _, item in found):
            for told in evidence_of(connection, reference, key, wall()):
                file = folder / f"{told.device}-{told.sequence}.json"
                write_aside(file, msgspec.json.format(msgspec.json.encode(told)) + b"\n")
                files.append(file)
    return files


def _read(file: Path) -> bytes:
    try:
        return read_bounded(file, _MOST_BYTES)
    except OSError as error:
        raise ConfigurationError(error.strerror or str(error), where=str(file)) from None


def _fields(title: str, item: RemovalReceipts, files: Sequence[Path]) -> dict[str, object]:
    return {
        "reference": item.reference.hex(),
        "site": item.site,
        "what": item.what,
        "confirmed": title,
        "at": iso(item.at),
        "complete": item.is_complete,
        "gates": [
            {
                "device": gate.device,
                "state": gate.state,
                "dark": gate.is_dark,
                "confirmed_at": iso(gate.confirmed_at),
                "sequence": gate.sequence,
                "number": gate.number,
                "templates": gate.templates,
                "places": gate.places,
            }
            for gate in item.gates
        ],
        "evidence": [str(file) for file in files],
    }


def _lines(title: str, item: RemovalReceipts) -> Iterator[str]:
    yield f"removal {item.reference.hex()} ({item.what}) of {shown(item.at)} UTC: {title}"
    yield from (f"  {gate.device} (gate {gate.gate}): {_state(gate)}" for gate in item.gates)


def _state(gate: GateReceipt) -> str:
    if gate.state is ReceiptState.CONFIRMED:
        faces = f", {counted(gate.templates, 'template')} went" if gate.templates else ""
        return f"confirmed at {shown(gate.confirmed_at)} UTC, event {gate.sequence}{faces}"
    dark = ", and nothing is heard of it" if gate.is_dark else ""
    places = f", still known in {', '.join(gate.places)}" if gate.places else ""
    return f"{gate.state}, since {ago(gate.waits_since, wall())}{dark}{places}"
