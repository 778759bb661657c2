"""Changes the tree of places: makes, renames, moves and removes them, and keeps `place_within` true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from edge.support.phrases import phrase
from sync.central.places.core import Level, fault_of_name, normal_name
from sync.central.places.tables import place, place_within
from sync.central.store import StoreError


def create_place(
    connection: sa.Connection, parent: int | None, level: Level, name: str, code: str | None = None
) -> int:
    """Make a place above the sites, within `parent` or in no other; returns its number. Raises StoreError."""
    _one_at_a_time(connection)
    if level is Level.SITE:
        raise StoreError(
            phrase("a site is made with its id"), remedy=phrase("gatepost central site set SITE")
        )
    name = _checked(name)
    _check_room(connection, parent, level, name)
    _check_code(connection, code)
    return _insert(connection, parent, level, name, code)


MOST_POSITION = 9999
"""No street has more places beside each other."""


def change_place(
    connection: sa.Connection, number: int, name: str, code: str | None, position: int | None = None
) -> None:
    """Give a place another name, code and position among those beside it (None: by its name). Raises
    StoreError.
    """
    _one_at_a_time(connection)
    held = _held(connection, number)
    name = _checked(name)
    _check_room(connection, held.parent, Level(held.level), name, but=number)
    _check_code(connection, code, but=number)
    if position is not None and not 1 <= position <= MOST_POSITION:
        raise StoreError(
            phrase("a position is 1 to %(most)s, got %(position)s", most=MOST_POSITION, position=position),
            where=phrase("position"),
            remedy=phrase("1 comes first; none: the place comes after those that have one, by its name"),
        )
    _update(connection, number, name=name, code=code or None, position=position)


def move_place(connection: sa.Connection, number: int, parent: int | None) -> None:
    """Move a place with all that it holds into another, or out of all. Raises StoreError."""
    _one_at_a_time(connection)
    held = _held(connection, number)
    _check_room(connection, parent, Level(held.level), held.name, but=number)
    _move(connection, number, parent)


def remove_place(connection: sa.Connection, number: int) -> None:
    """Remove a place that holds nothing. Raises StoreError.

    Who has a role there is asked first, by who removes it (`sync.central.accounts.placing`).
    """
    _one_at_a_time(connection)
    held = _held(connection, number)
    inside = connection.execute(sa.select(place.c.name).where(place.c.parent == number)).scalars().all()
    if inside:
        raise StoreError(
            phrase("%(name)r holds %(count)s more places", name=held.name, count=len(inside)),
            remedy=phrase("move or remove those first"),
        )
    if Level(held.level) is Level.SITE:
        raise StoreError(
            phrase("%(name)r is a site: what its gates wrote belongs to it", name=held.name),
            remedy=phrase("keep it"),
        )
    connection.execute(sa.delete(place_within).where(place_within.c.place == number))
    connection.execute(sa.delete(place).where(place.c.number == number))


def settle_site(
    connection: sa.Connection, held: int | None, name: str, above: Sequence[tuple[Level, str]]
) -> int:
    """The place of a site (`held`, or a new one) with this name within the named places, from the city down;
    those that are not there are made. Raises StoreError.
    """
    _one_at_a_time(connection)
    parent: int | None = None
    for level, given in above:
        wanted = _checked(given)
        parent = _found(connection, parent, level, wanted) or _insert(connection, parent, level, wanted, None)
    if held is None:
        return _insert(connection, parent, Level.SITE, name, None)
    if _held(connection, held).parent != parent:
        _move(connection, held, parent)
    _update(connection, held, name=name)
    return held


# --- inside --------------------------------------------------------------------------------


def _one_at_a_time(connection: sa.Connection) -> None:
    """Two that move places at once would each miss the other's rows; on SQLite writers queue anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE place IN SHARE ROW EXCLUSIVE MODE"))


def _held(connection: sa.Connection, number: int) -> sa.Row[Any]:
    row = connection.execute(sa.select(place).where(place.c.number == number)).first()
    if row is None:
        raise StoreError(
            phrase("there is no place %(number)s", number=number),
            remedy=phrase("gatepost central place list"),
        )
    return row


def _checked(name: str) -> str:
    name = normal_name(name)
    if fault := fault_of_name(name):
        raise StoreError(fault, remedy=phrase("name it as its people do, for example 北市场街道"))
    return name


def _check_room(
    connection: sa.Connection, parent: int | None, level: Level, name: str, but: int | None = None
) -> None:
    """Raises StoreError where no place of this level and name can be within `parent`."""
    if parent is not None:
        above = _held(connection, parent)
        if not Level(above.level).may_hold(level):
            raise StoreError(
                phrase(
                    "a %(level)s cannot lie in a %(holder)s (%(above)r)",
                    level=level,
                    holder=Level(above.level),
                    above=above.name,
                ),
                remedy=phrase("the order is city, district, street, community, site"),
            )
    if level is not Level.SITE and _found(connection, parent, level, name) not in {None, but}:
        raise StoreError(
            phrase("there is already a %(level)s %(name)r there", level=level, name=name),
            remedy=phrase("take that, or another name"),
        )


def _check_code(connection: sa.Connection, code: str | None, but: int | None = None) -> None:
    if not code:
        return
    if not (code.isascii() and code.isalnum() and len(code) <= 20):
        raise StoreError(
            phrase("%(code)r cannot be a code", code=code),
            remedy=phrase("1 to 20 letters and digits: 420102"),
        )
    holder = connection.execute(sa.select(place.c.number, place.c.name).where(place.c.code == code)).first()
    if holder is not None and holder.number != but:
        raise StoreError(
            phrase("%(holder)r has the code %(code)s already", holder=holder.name, code=code),
            remedy=phrase("a code names one place"),
        )


def _found(connection: sa.Connection, parent: int | None, level: Level, name: str) -> int | None:
    within = place.c.parent.is_(None) if parent is None else place.c.parent == parent
    query = sa.select(place.c.number).where(within, place.c.level == level, place.c.name == name)
    return connection.execute(query.order_by(place.c.number)).scalar()


def _insert(connection: sa.Connection, parent: int | None, level: Level, name: str, code: str | None) -> int:
    values = {"parent": parent, "level": level, "name": name, "code": code or None}
    number: int = connection.execute(sa.insert(place).values(values).returning(place.c.number)).scalar_one()
    connection.execute(sa.insert(place_within).values(ancestor=number, place=number))
    _enter(connection, number, parent)
    return number


def _update(connection: sa.Connection, number: int, **values: str | int | None) -> None:
    connection.execute(sa.update(place).where(place.c.number == number).values(values))


def _move(connection: sa.Connection, number: int, parent: int | None) -> None:
    inside = sa.select(place_within.c.place).where(place_within.c.ancestor == number)
    connection.execute(
        sa.delete(place_within).where(
            place_within.c.place.in_(inside), place_within.c.ancestor.not_in(inside)
        )
    )
    _update(connection, number, parent=parent)
    _enter(connection, number, parent)


def _enter(connection: sa.Connection, number: int, parent: int | None) -> None:
    """Say of the place, and of all in it, that they lie in `parent` and in all that this lies in."""
    above, inside = place_within.alias("above"), place_within.alias("inside")
    each_with_each = above.join(inside, sa.true())
    rows = sa.select(above.c.ancestor, inside.c.place).select_from(each_with_each)
    rows = rows.where(above.c.place == parent, inside.c.ancestor == number)
    connection.execute(sa.insert(place_within).from_select(["ancestor", "place"], rows))
