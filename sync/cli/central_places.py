"""`gatepost central place`: the tree of places above the sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import cyclopts
import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from edge.cli.answers import Json, answer
from sync.central.places.core import Level
from sync.cli.central_context import CentralFile, Whose, opened, whose
from sync.transport.clock import wall

if TYPE_CHECKING:
    from sync.central.places.tree import PlaceNode

Path = Annotated[str, Parameter(name="PLACE", help="A path (江城市/东湖区), a place's code, or a site's id.")]
Within = Annotated[str, Parameter(help="The place that it lies in; empty: in no other.")]

place_app = cyclopts.App(name="place", help="The places: cities, districts, streets, communities, sites.")


@place_app.command(name="list")
def list_places(*, json: Json = False, config: CentralFile = None) -> None:
    """List every place, each under what it lies in.

    Example: gatepost central place list
    """
    from sync.central.places.sight import EVERYWHERE
    from sync.central.places.tree import path_text, place_tree

    with opened(config) as store, store.reading() as connection:
        found = place_tree(connection, EVERYWHERE)
    paths: dict[int | None, tuple[PlaceNode, ...]] = {None: ()}
    for node in found:
        path = paths[node.number] = (*paths[node.parent], node)
        kind = f"site {node.site}" if node.site else node.level
        answer(
            {"place": path_text(path), **msgspec.to_builtins(node)},
            "  " * (len(path) - 1) + "  ".join(filter(None, (node.name, kind, node.code))),
            json=json,
        )


@place_app.command
def show(place: Path, /, *, json: Json = False, config: CentralFile = None) -> None:
    """Show where a place is, from the city down.

    Example: gatepost central place show 江城市/东湖区
    """
    from sync.central.places.tree import path_of, path_text, place_at

    with opened(config) as store, store.reading() as connection:
        path = path_of(connection, place_at(connection, place))
    node = path[-1]
    said = "  ".join(filter(None, (path_text(path), node.level, node.code, node.site)))
    answer({"place": path_text(path), **msgspec.to_builtins(node)}, said, json=json)


@place_app.command
def create(
    name: Annotated[str, Parameter(name="NAME", help="What people call it.")],
    /,
    *,
    level: Annotated[Level, Parameter(help="How large it is; a site is made by: gatepost central site set.")],
    within: Within = "",
    code: Annotated[str, Parameter(help="Its administrative code: 420102.")] = "",
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Create a place.

    Example: gatepost central place create 东湖区 --level district --within 江城市
    """
    from sync.central.accounts.placing import create as make
    from sync.central.places.tree import path_of, path_text, place_at

    with opened(config) as store, store.writing() as connection:
        parent = place_at(connection, within) if within else None
        number = make(connection, whose(actor), parent, level, name, code, wall())
        path = path_text(path_of(connection, number))
    answer(
        {"place": path, "number": number, "name": name, "level": level}, f"{level} {name} is there", json=json
    )


@place_app.command(name="set")
def set_place(
    place: Path,
    /,
    *,
    name: Annotated[str | None, Parameter(help="What people call it now.")] = None,
    code: Annotated[str | None, Parameter(help="Its administrative code; empty: none.")] = None,
    position: Annotated[
        int | None,
        Parameter(
            help="Where it comes among those beside it, from 1; 0: by its name.",
            validator=Number(gte=0, lte=9999),
        ),
    ] = None,
    actor: Whose = "",
    json: Json = False,
    config: CentralFile = None,
) -> None:
    """Set a place's name, code, and position in its street. What is not named stays.

    Example: gatepost central place set 江城市/东湖区 --code 420102
    """
    from sync.central.accounts.placing import change
    from sync.central.places.tree import path_of, path_text, place_at

    with opened(config) as store, store.writing() as connection:
        number = place_at(connection, place)
        held = path_of(connection, number)[-1]
        named = held.name if name is None else name
        coded = (held.code or "") if code is None else code
        placed = held.position if position is None else position or None
        change(connection, whose(actor), number, named, coded, placed, wall())
        path = path_of(connection, number)
    answer({"place": path_text(path), **msgspec.to_builtins(path[-1])}, path_text(path), json=json)


@place_app.command
def move(
    place: Path, /, *, within: Within, actor: Whose = "", json: Json = False, config: CentralFile = None
) -> None:
    """Move a place, with all that it holds, into another.

    Example: gatepost central place move 江城市/北市场街道 --within 江城市/东湖区
    """
    from sync.central.accounts import placing
    from sync.central.places.tree import path_of, path_text, place_at

    with opened(config) as store, store.writing() as connection:
        number = place_at(connection, place)
        parent = place_at(connection, within) if within else None
        would = placing.moving(connection, number, parent)
        placing.move(connection, whose(actor), number, parent, wall())
        path = path_text(path_of(connection, number))
    lose, gain = (sorted({grant.name for grant in each}) for each in (would.lose, would.gain))
    told = [f"out of sight of: {', '.join(lose)}"] if lose else []
    told += [f"now in sight of: {', '.join(gain)}"] if gain else []
    answer(
        {"place": path, "number": number, "lose": lose, "gain": gain}, f"it is {path} now", *told, json=json
    )


@place_app.command
def remove(place: Path, /, *, actor: Whose = "", json: Json = False, config: CentralFile = None) -> None:
    """Remove a place that holds nothing and at which nobody has a role.

    Example: gatepost central place remove 江城市/旧街道
    """
    from sync.central.accounts.placing import remove as take_away
    from sync.central.places.tree import path_of, path_text, place_at

    with opened(config) as store, store.writing() as connection:
        number = place_at(connection, place)
        path = path_text(path_of(connection, number))
        take_away(connection, whose(actor), number, wall())
    answer({"place": path, "number": number}, f"{path} is removed", json=json)
