"""What a place is, its five levels and what it may be called, and what an address code is. PURE."""

from sync.central.places.core.address_plan import AddressPlan, AddressRow, plan_addresses
from sync.central.places.core.addresses import (
    CODE_SEPARATOR,
    AddressFault,
    AddressKind,
    in_order,
    kind_of,
    normal_address,
)
from sync.central.places.core.levels import LEVELS, Level
from sync.central.places.core.names import SEPARATOR, fault_of_name, names_of_path, normal_name

__all__ = [
    "CODE_SEPARATOR",
    "LEVELS",
    "SEPARATOR",
    "AddressFault",
    "AddressKind",
    "AddressPlan",
    "AddressRow",
    "Level",
    "fault_of_name",
    "in_order",
    "kind_of",
    "names_of_path",
    "normal_address",
    "normal_name",
    "plan_addresses",
]
