"""`gatepost central explain`: why a gate decided as it did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter

from edge.cli.answers import Json, answer
from edge.decision import Decision, Guidance
from edge.errors import ConfigurationError
from sync.central.explain.core import RuleLine
from sync.central.explain.explaining import Explanation, explain
from sync.central.places.sight import EVERYWHERE
from sync.central.registry.archive import MissingVersion
from sync.cli.central_context import CentralFile, DeviceId, iso, opened, shown


def explain_decision(
    device: DeviceId,
    sequence: Annotated[int, Parameter(name="SEQUENCE", help="The event's number: central journal tail.")],
    /,
    *,
    epoch: Annotated[str, Parameter(help="Of which epoch (hex); by default the newest that has it.")] = "",
    json: Json = False,
    config: CentralFile = None,
) -> int:
    with opened(config) as store, store.reading() as connection:
        found = explain(connection, EVERYWHERE, device, _epoch(epoch), sequence)
    answer(_fields(found), *_lines(found), json=json)
    return 0 if found.is_same else 1


def _epoch(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text) if text else None
    except ValueError:
        raise ConfigurationError(
            f"not hexadecimal: {text!r}", where="--epoch", remedy="gatepost central journal tail --json"
        ) from None


def _lines(found: Explanation) -> Iterator[str]:
    decision = found.decision
    at, number = shown(found.entry.at), found.entry.sequence
    yield f"{found.site} {found.gate}  {at}  event {number} of {found.device}"
    yield _said(decision) + (f"  of {found.subject}" if found.subject else "")
    yield _compared(found)
    yield from (f"missing: {gap.said.spoken()}" for gap in found.gaps)
    yield from map(_asked, found.lines)
    if decision.grounds is not None:
        status = decision.grounds
        yield f"status by {status.source}: {status.reason} (rule {status.rule})"
    for item in found.instead:
        yield f"{' and '.join(change.spoken() for change in item.changes)}: {_said(item.decision)}"
    if found.instead:
        yield "by hand, by staff, with a name and a reason: grant"
    if found.shown is not None:
        yield f"shown: {found.shown.whole.zh} / {found.shown.whole.en}"


def _asked(line: RuleLine) -> str:
    """A rule in a row; a star before the one whose objection won."""
    seen = "does not apply" if line.seen is None else line.seen.spoken()
    said = "; ".join(f"{item.outcome} {item.reason}" for item in line.objections)
    mark = "*" if line.won else " "
    row = f"{mark}{line.number:>3}  {line.key:<32}  {line.question.spoken():<44}  {seen:<36}  {said}"
    return row.rstrip()


def _compared(found: Explanation) -> str:
    if isinstance(found.version, MissingVersion):
        return f"cannot be decided again: {found.version}"
    if found.again is None:
        return "cannot be decided again"
    held = "without a registry" if found.version is None else f"by registry {found.version.version}"
    if found.is_same:
        return f"decided again {held}: the same"
    return f"decided again {held}: DIFFERS, {_said(found.again)}"


def _said(decision: Decision) -> str:
    return f"{decision.outcome} {decision.reason} by {decision.rule}"


def _fields(found: Explanation) -> dict[str, object]:
    return {
        "device": found.device,
        "epoch": found.epoch.hex(),
        "sequence": found.entry.sequence,
        "site": found.site,
        "gate": found.gate,
        "at": iso(found.entry.at),
        "subject": found.subject,
        "registry": found.event.registry,
        "decision": found.decision,
        "again": found.again,
        "same": found.is_same,
        "missing": [gap.value for gap in found.gaps],
        "rules": [
            {
                "rule": line.name,
                "key": line.key,
                "question": line.question.spoken(),
                "seen": None if line.seen is None else line.seen.spoken(),
                "objections": [
                    {"outcome": item.outcome, "reason": item.reason, "rule": item.rule}
                    for item in line.objections
                ],
                "won": line.won is not None,
            }
            for line in found.lines
        ],
        "instead": [
            {"changes": [change.spoken() for change in item.changes], "decision": item.decision}
            for item in found.instead
        ],
        "shown": None if found.shown is None else _shown(found.shown),
    }


def _shown(told: Guidance) -> dict[str, object]:
    return {"do": told.do._asdict(), "why": None if told.why is None else told.why._asdict()}
