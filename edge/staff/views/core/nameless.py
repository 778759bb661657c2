"""What those see of the page Now who learn of no resident: installers."""

from __future__ import annotations

from msgspec.structs import replace

from edge.staff.protocol.now import Card, NowView, Person, Row

SOMEBODY = Person("")
"""Somebody whom the gate knows, and of whom nothing is said."""


def without_names(view: NowView) -> NowView:
    """The same view, in which nobody is named: no id, name, room, health record or typed text of anybody."""
    return replace(
        view,
        card=None if view.card is None else _card(view.card),
        last=tuple(map(_row, view.last)),
        near_misses=(),
    )


def _card(card: Card) -> Card:
    return replace(card, person=_somebody(card.person), health=None)


def _row(row: Row) -> Row:
    return replace(row, person=_somebody(row.person), text="")


def _somebody(person: Person | None) -> Person | None:
    return None if person is None else SOMEBODY
