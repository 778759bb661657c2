"""Those whom an employer brings for a time: their groups and shifts, and what a row of its list becomes."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time

from msgspec.structs import replace

from edge.decision import Policy, Subject
from edge.support.phrases import Phrase, WrongValue, phrase

_NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_ID = 64


@dataclass(frozen=True)
class WorkShift:
    """When those of a shift may come in: on some days, from a time to a time, which may be past midnight."""

    name: str
    days: tuple[str, ...]
    start: str
    end: str

    def fault(self) -> Phrase | None:
        """Why such a shift cannot be; None where it can."""
        if not _NAME.fullmatch(self.name):
            return phrase(
                "%(name)r cannot name a shift: small letters, digits and dashes, as early", name=self.name
            )
        if not self.days or not set(self.days) <= set(DAYS):
            return phrase("a shift has one day of the week at least")
        try:
            return (
                None
                if time.fromisoformat(self.start) != time.fromisoformat(self.end)
                else phrase("it has no time")
            )
        except ValueError:
            return phrase("%(start)r to %(end)r are not times: write 06:00", start=self.start, end=self.end)


@dataclass(frozen=True)
class Terms:
    """What an employer may bring: people in its shifts, until its own end."""

    employer: int
    shifts: Collection[str]
    until: datetime


class WorkerFault(WrongValue):
    """Why a row names nobody whom the employer may bring, and in which column."""

    def __init__(self, column: str, what: Phrase) -> None:
        self.column = column
        super().__init__(phrase("column %(column)s: %(what)s", column=column, what=what))


def group_of(employer: int, shift: str = "") -> str:
    """The group of an employer's people, or of those of one shift."""
    return f"employer-{employer}-{shift}" if shift else f"employer-{employer}"


def id_of(employer: int, number: str) -> str:
    """The id of somebody whom an employer brings: its own numbers cannot be confused with others'."""
    return f"w{employer}.{number}"


def worker_of(terms: Terms, row: Subject, shifts: Collection[str], held: Subject | None) -> Subject:
    """The record that a row makes of somebody new, or of the one who is `held`. Raises WorkerFault."""
    identity = id_of(terms.employer, row.id)
    if len(identity) > _LONGEST_ID:
        raise WorkerFault(
            "id", phrase("%(id)r is too long: at most %(most)s characters", id=row.id, most=_LONGEST_ID - 8)
        )
    if not row.name:
        raise WorkerFault("name", phrase("is empty"))
    unknown = sorted(set(shifts) - set(terms.shifts))
    if unknown:
        raise WorkerFault("groups", _no_shift(unknown[0], ", ".join(sorted(terms.shifts))))
    if terms.shifts and not shifts:
        raise WorkerFault("groups", phrase("names no shift"))
    if row.valid_until is None:
        raise WorkerFault(
            "valid_until", phrase("is empty: who is brought by an employer is here until a day")
        )
    if row.valid_until > terms.until:
        raise WorkerFault(
            "valid_until", phrase("is after the employer's own end, %(end)s", end=f"{terms.until:%Y-%m-%d}")
        )
    base = held or Subject(identity)
    groups = {group_of(terms.employer), *(group_of(terms.employer, shift) for shift in shifts)}
    return replace(
        base,
        name=row.name,
        groups=frozenset(groups),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        language=row.language,
    )


def missing_rules(policy: Policy | None, employer: int, shifts: Collection[WorkShift]) -> str:
    """What a policy lacks to let an employer's people in, as lines of policy.toml; empty: nothing.

    A policy of None is not known: all that they need is said.
    """
    ruled = {group for rule in (policy.access if policy else ()) for group in rule.groups}
    wanted = [(group_of(employer, shift.name), shift) for shift in shifts]
    if not wanted:
        return "" if group_of(employer) in ruled else _rule(group_of(employer), None)
    return "\n".join(_rule(group, shift) for group, shift in wanted if group not in ruled)


def _no_shift(name: str, known: str) -> Phrase:
    if known:
        return phrase("there is no shift %(name)r; there are: %(known)s", name=name, known=known)
    return phrase("there is no shift %(name)r; there are: none", name=name)


def _rule(group: str, shift: WorkShift | None) -> str:
    lines = ["[[access]]", f'id = "{group}"', f'groups = ["{group}"]']
    if shift is not None:
        days = ", ".join(f'"{day}"' for day in DAYS if day in shift.days)
        start, end = (time.fromisoformat(text).isoformat() for text in (shift.start, shift.end))
        lines += ['direction = "entry"', f"periods = [{{ days = [{days}], start = {start}, end = {end} }}]"]
        lines += ["", "[[access]]", f'id = "{group}-out"', f'groups = ["{group}"]', 'direction = "exit"']
    return "\n".join((*lines, ""))
