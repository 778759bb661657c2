"""The parameters of rules as fields: each kind's own, read back as they were typed."""

from __future__ import annotations

import msgspec
import pytest

from sync.central.alarms.core.kinds import SILENT, AlarmKind
from sync.central.alarms.core.parameters import UNITS, in_unit, parameters_of, read
from sync.central.alarms.core.rules import SHIPPED, Settings


def test_every_parameter_is_of_some_kind_and_has_words_bounds_and_a_default() -> None:
    shown = {each.name: each for kind in AlarmKind for each in parameters_of(kind)}
    assert [*sorted(shown)] == sorted(Settings.__struct_fields__)
    for each in shown.values():
        assert each.title, each.name
        assert each.description, each.name
        assert each.least < each.most, each.name


def test_a_silent_kind_has_no_field_by_which_somebody_is_sent() -> None:
    for kind in AlarmKind:
        names = {each.name for each in parameters_of(kind)}
        assert ("dispatch" in names) == (kind not in SILENT)


@pytest.mark.parametrize("kind", [*AlarmKind])
def test_what_a_form_shows_is_read_back_as_it_was(kind: AlarmKind) -> None:
    held = SHIPPED[kind].settings
    said: dict[str, str] = {}
    for each in parameters_of(kind):
        value = getattr(held, each.name)
        match each.sort:
            case "time":
                number, said[f"{each.name}_unit"] = in_unit(value)
                said[each.name] = str(number)
            case "flag":
                said[each.name] = "yes" if value else ""
            case "texts":
                said[each.name] = ", ".join(value)
            case _:
                said[each.name] = str(value)
    again = read(kind, said, held)
    assert (again.settings, again.wrong) == (held, {})


def test_what_a_kind_has_no_parameter_for_stays_as_it_was() -> None:
    before = msgspec.structs.replace(SHIPPED[AlarmKind.GATE_DARK].settings, threshold=7)
    read_back = read(AlarmKind.GATE_DARK, {"threshold": "9"}, before)
    assert read_back.settings.threshold == 7
    assert "after" in read_back.wrong, "what is a parameter of it has to be said"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, (0, "min")),
        (1, (1, "s")),
        (90, (90, "s")),
        (300, (5, "min")),
        (7200, (2, "h")),
        (86400, (1, "day")),
    ],
)
def test_a_time_is_said_in_the_largest_unit_that_says_it_whole(seconds: int, said: tuple[int, str]) -> None:
    assert in_unit(seconds) == said
    assert said[0] * UNITS[said[1]] == seconds
