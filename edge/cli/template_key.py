"""`gatepost site template-key`: exchange the key that seals a site's faces and its registry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import cyclopts
from cyclopts import Parameter

from edge.admin.template_key import (
    Exchanged,
    KeyStanding,
    exchange_template_key,
    retire_template_keys,
    standing_of,
)
from edge.cli.answers import Json, answer
from edge.cli.sites import HERE, SiteFolder
from edge.errors import ConfigurationError
from edge.registry.exchange import ExchangeStep
from edge.support.counted import counted

template_key_app = cyclopts.App(
    name="template-key", help="The key that seals the site's faces, and its registry for its gates."
)

Days = Annotated[float, Parameter(help="So long gates read the earlier key, at most.")]
Again = Annotated[bool, Parameter(help="Another key, though the last exchange is still going on.")]
_MOST_DAYS = 365.0


def read_for(days: float) -> timedelta:
    """How long an earlier key is read. Raises ConfigurationError."""
    if not 0 < days <= _MOST_DAYS:
        raise ConfigurationError(
            f"an earlier key cannot be read for {counted(days, 'day')}",
            where="--days",
            remedy="more than 0, up to 365",
        )
    return timedelta(days=days)


@template_key_app.command
def exchange(
    *,
    lost: Annotated[
        tuple[str, ...],
        Parameter(help="A gate whose device was lost: it gets no other key; may be repeated."),
    ] = (),
    days: Days = 30.0,
    again: Again = False,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Exchange the site's template key: another key, every face sealed anew, a registry built.

    Gates take the key from that registry, each sealed to itself, and read both for a while; a lost device
    gets none. Interrupted anywhere, people still pass; call it again then, and it goes on. The folder of a
    lost gate is ready for the device that replaces it.

    Example: gatepost site template-key exchange --lost main
    """
    done = exchange_template_key(folder, lost, datetime.now(UTC), read_for(days), again=again)
    _tell(done, json=json)


@template_key_app.command
def show(*, json: Json = False, folder: SiteFolder = HERE) -> None:
    """Show how the site's template key stands, and which gates it reaches by the registry.

    Example: gatepost site template-key show
    """
    standing = standing_of(folder)
    answer(_fields(standing), *_lines(standing), json=json)


@template_key_app.command
def retire(
    *,
    now: Annotated[bool, Parameter(help="Before its time is over: every gate has the new one.")] = False,
    json: Json = False,
    folder: SiteFolder = HERE,
) -> None:
    """Retire the earlier template key: erase it here, and at each gate by the registry that is built.

    Example: gatepost site template-key retire
    """
    _tell(retire_template_keys(folder, datetime.now(UTC), at_once=now), json=json)


def _tell(done: Exchanged, *, json: bool) -> None:
    said = {
        ExchangeStep.BEGIN: "another template key is in force",
        ExchangeStep.GO_ON: "the exchange that was cut off is finished",
        ExchangeStep.DONE: "nothing was left to do",
    }[done.step]
    said = "the earlier keys are erased here" if done.version and not done.standing.earlier else said
    built = f"registry version {done.version} says so to the gates: bring it to them"
    answer(
        {
            **_fields(done.standing),
            "state": done.step.value,
            "templates": done.templates,
            "version": done.version,
        },
        f"{said}: {counted(done.templates, 'template')} sealed anew",
        *([built] if done.version else []),
        *_lines(done.standing),
        json=json,
    )


def _fields(standing: KeyStanding) -> dict[str, object]:
    return {
        "key": standing.key,
        "earlier": list(standing.earlier),
        "until": standing.until,
        "given": list(standing.given),
        "by_hand": list(standing.by_hand),
        "published": standing.published,
    }


def _lines(standing: KeyStanding) -> Iterator[str]:
    yield f"template key {standing.key}"
    if standing.earlier and standing.until is not None:
        until = f"{standing.until:%Y-%m-%d %H:%M} UTC"
        yield f"  earlier, still read until {until}: {', '.join(standing.earlier)}"
    if standing.given:
        yield f"  reaches by the registry: {', '.join(standing.given)}"
    if standing.by_hand:
        yield f"  does not reach, give each its folder of the site again: {', '.join(standing.by_hand)}"
    if not standing.published:
        yield "  no registry says so yet: gatepost site template-key exchange"
