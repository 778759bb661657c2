"""Which sites and gates a hold covers, whatever it is of."""

from __future__ import annotations

from sync.central.entry_holds.holds import begin, end
from sync.central.entry_holds.reaching import reaching_holds
from sync.central.flow.core.where import gate, place, site, zone
from sync.central.places.tree import place_at
from sync.central.store import Store
from sync.central.units import MINUTE
from tests.sync.wire.examples import AT, DEVICE


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
