"""What staff at a gate may do by its console."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

StaffRole = Literal["guard", "manager"]


class StaffRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of what staff do by name at a console.

    `hold_at_most` minutes the barrier may be held open (0: not at all); `let_in_an_hour` is how many one
    person usually lets in, and more is done and alarms; `may_lock` are the roles that may lock the gate and
    end that. `camera_view`: whether the console may show what the camera sees; `full_names`: whether guards
    read residents' whole names.
    """

    hold_at_most: Annotated[int, msgspec.Meta(ge=0, le=1440)] = 10
    let_in_an_hour: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 20
    may_lock: Annotated[tuple[StaffRole, ...], msgspec.Meta(max_length=2)] = ("guard", "manager")
    camera_view: bool = False
    full_names: bool = True
