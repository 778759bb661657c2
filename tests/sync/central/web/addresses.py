"""Where the routes with parameters lead in the town: a line for each route, which its part adds.

`test_leaks.py` asks each of them as somebody of another street, `test_axe.py` opens those that are pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from sync.central.store import Store
from tests.sync.central.web.town import Town


@dataclass(frozen=True)
class At:
    """The address of something in the town's street. `form` is what a POST brings."""

    address: Callable[[Town, Store], str]
    form: Mapping[str, str] = field(default_factory=dict)


def at(path: str, form: Mapping[str, str] | None = None) -> At:
    """An address by the town's own things: {site}, {device}, {person}, {epoch}, {street}, {place}."""

    def address(town: Town, _: Store) -> str:
        values = {
            "site": town.site.file.id,
            "device": town.gate.device,
            "gate": town.gate.gate,
            "person": town.person.id,
            "epoch": town.gate.epoch.hex(),
            "street": str(town.street),
        }
        return path.format_map({name: quote(value, safe="") for name, value in values.items()})

    return At(address, form or {})


ADDRESSES: Mapping[tuple[str, str], At] = {}
"""By method and path, as the route declares them. For what the town has not by itself, give an `At` with a
function that makes it in the store and says where it is.
"""

FORMS: Mapping[str, Mapping[str, str]] = {
    "/language": {"language": "en"},
    "/exports": {"what": "accesses", "kind": "csv", "since": "2020-01-01", "until": "2099-12-31"},
}
"""What a POST without parameters in its path brings, by path."""

NOT_ASKED: Mapping[tuple[str, str], str] = {}
"""Routes that are not asked for leaks, and why not."""
