"""Which sites and gates a hold covers, whatever it is of."""

from __future__ import annotations

from edge.admin.site_file import SiteFile
from sync.central.devices.devices import enrol_device, put_site
from sync.central.entry_holds.holds import begin, end
from sync.central.entry_holds.reaching import reaching_holds
from sync.central.flow.core.where import gate, place, site, zone
from sync.central.flow.zones import ZoneGate, put_zone
from sync.central.places.tree import path_of, place_at
from sync.central.store import Store
from sync.central.units import MINUTE
from tests.sync.wire.examples import AT, DEVICE, KEY


def test_a_hold_of_a_larger_place_reaches_its_sites_and_gates_until_it_ends(store: Store) -> None:
    with store.writing() as connection:
        number = place_at(connection, "green-court")
        assert reaching_holds(connection, AT) == []
        held = begin(connection, str(place(number)), [DEVICE], "何静", "full", AT + MINUTE, AT)
        assert held is not None
        [reaching] = reaching_holds(connection, AT)
        reached = (site("green-court"), gate(DEVICE), place(number))
        assert all(reaching.reaches(where) for where in reached)
        others = (site("elsewhere"), gate("gp-9999"), place(number + 1), zone(1))
        assert not any(reaching.reaches(where) for where in others)
        assert reaching.hold == held
        end(connection, held.number, "何静", AT)
        assert reaching_holds(connection, AT) == []


def test_what_has_no_name_is_called_by_its_id(store: Store) -> None:
    with store.writing() as connection:
        begin(connection, str(zone(7)), [DEVICE], "何静", "full", AT + MINUTE, AT)
        [reaching] = reaching_holds(connection, AT)
        assert reaching.name == "7"


def test_a_hold_of_a_larger_place_is_in_force_at_the_places_and_zones_in_it_but_not_around_it(
    store: Store,
) -> None:
    with store.writing() as connection:
        levels = {"city": "Shanghai", "district": "East Lake", "street": "North", "community": "Market"}
        put_site(connection, SiteFile("green-court", **levels))
        path = path_of(connection, place_at(connection, "green-court"))
        city, _, street, community, leaf = (each.number for each in path)
        inner = put_zone(connection, "hall", city, [ZoneGate("green-court", "main")], "何静", AT)
        put_site(connection, SiteFile("elsewhere", city="Shanghai", district="West Lake"))
        enrol_device(connection, "gp-7777", ("elsewhere", "main"), KEY.public_key().public_bytes_raw(), AT)
        both = [ZoneGate(name, "main") for name in ("green-court", "elsewhere")]
        wider = put_zone(connection, "both", city, both, "何静", AT)
        begin(connection, str(place(street)), [DEVICE], "何静", "full", AT + MINUTE, AT)
        [reaching] = reaching_holds(connection, AT)
        assert all(map(reaching.reaches, (place(street), place(community), place(leaf), zone(inner))))
        assert not any(map(reaching.reaches, (place(city), zone(wider))))
