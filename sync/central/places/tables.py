"""The tables of places."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from sync.central.tables import Number, metadata

place = Table(
    "place",
    metadata,
    Column("number", Number, primary_key=True),
    Column("parent", Number, ForeignKey("place.number")),  # none: it lies in no other
    Column("level", Text, nullable=False),  # sync.central.places.core.levels.Level
    # A site may have none: it is called by its id then. Within a place no two above the sites have the same.
    Column("name", Text, nullable=False),
    Column("code", Text, unique=True),  # an administrative one: 420102
    # Where it comes among those beside it, from 1: the order of the street. None: after these, by its name.
    Column("position", Integer),
    Index("place_parent", "parent"),
    sqlite_autoincrement=True,  # a grant names a number: no other place ever gets it
)

place_within = Table(
    "place_within",
    metadata,
    # Each place with everything that it lies in, itself included: what `parent` says, told for all levels.
    Column("ancestor", Number, ForeignKey("place.number"), primary_key=True, autoincrement=False),
    Column("place", Number, ForeignKey("place.number"), primary_key=True, autoincrement=False),
    Index("place_within_place", "place"),
)

address = Table(
    "address",
    metadata,
    Column("site", Text, ForeignKey("site.id"), primary_key=True),
    Column("code", Text, primary_key=True),  # 3/2/301, in the one form
    Column("kind", Text, nullable=False),  # sync.central.places.core.addresses.AddressKind
    Column("position", Text, nullable=False),  # sync.central.places.core.addresses.in_order
    Index("address_position", "site", "position"),
)
