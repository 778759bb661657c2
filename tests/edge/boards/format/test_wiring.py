"""A board file that would move the barrier by accident is refused, by the key and with what to do."""
# ruff: noqa: E501 - a row of a table is a line

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from edge.boards.files import load_board, read_board, refuse_dangerous, shipped_boards
from edge.boards.format import (
    Input,
    InputName,
    LineLevel,
    Pull,
    check_board,
)
from edge.boards.format.board import WayOut
from edge.errors import ConfigurationError
from tests.edge.boards.format.sound_boards import SOUND, _is_error, board

BOOM = (
    SOUND.replace("strike", "boom")
    .replace('"hold"', '"up_stop_down"')
    .replace('"secured"', '"unchanged"')
    .replace(
        "[inputs]",
        """relay_close = { pin = 27, pull = "down", on_power_loss = "unchanged", on_process_death = "unchanged" }
relay_stop = { pin = 22, pull = "down", on_power_loss = "unchanged", on_process_death = "unchanged" }
[inputs]
obstacle = { pin = 19, active = "high" }""",
    )
)


SWING = BOOM.replace('"boom"', '"swing"').replace(
    "[inputs]", '[inputs]\nleaf = { pin = 21, active = "high" }'
)


TRAP = (
    SOUND.replace('"hold"', '"hold"\ninterlock = "first"')
    .replace("[inputs]", 'interlock = { pin = 27, pull = "down" }\n[inputs]')
    .replace("override ", "interlock = { pin = 24 }\noverride ")
)


SOUND_ONES = {"strike": SOUND, "boom": BOOM, "swing": SWING, "mantrap": TRAP}


@pytest.mark.parametrize("name", SOUND_ONES)
def test_a_sound_board_has_nothing_wrong_with_it(name: str) -> None:
    assert check_board(board(SOUND_ONES[name])) == ()


SILENT_WHEN_CUT = frozenset(
    {InputName.OVERRIDE, InputName.DURESS, InputName.EXIT_REQUEST, InputName.SHIFT_KEY, InputName.INTERLOCK}
)
"""Inputs by which somebody asks for something, or another gate vouches: a cut wire asks for nothing."""


REFUSED = [
    # the board that is changed, what is changed in it, where the error is, and what it says
    (SOUND, ("pin = 17", "pin = 5"), "outputs.relay_open, inputs.override", "GPIO 5 has 2 functions"),
    (SOUND, ("pin = 12", "pin = 28"), "inputs.beam_outer", "no GPIO 28"),
    (SOUND, ("pin = 17", "pin = -1"), "outputs.relay_open", "neither a pin nor a relay"),
    (SOUND, ("pin = 17", "pin = 1"), "outputs.relay_open", "identity bus"),
    (SOUND, ("pin = 17", "pin = 14"), "outputs.relay_open", "serial console"),
    (SOUND, ("override     = { pin = 5 }", "override = { pin = 14 }"), "inputs.override", "serial console"),
    (SOUND, ("pin = 17", "pin = 3"), "outputs.relay_open", "fixed pull-up"),
    (TRAP, ("{ pin = 27", "{ pin = 2"), "outputs.interlock", "fixed pull-up"),
    (SOUND, ("pin = 5 }", 'pin = 2, pull = "down", active = "high" }'), "inputs.override", "fixed pull-up"),
    (SOUND, ('active = "high", pull = "down", on', 'active = "low", pull = "down", on'), "outputs.relay_open", "active-low"),
    (SOUND, ('pin = 17, active = "high", pull = "down"', "pin = 7"), "outputs.relay_open", "nothing outside holds"),
    (SOUND, ('on_power_loss = "secured", ', ""), "outputs.relay_open.on_power_loss", "must declare"),
    (SOUND, (', on_process_death = "secured"', ""), "outputs.relay_open.on_process_death", "must declare"),
    (SOUND, ('death = "secured"', 'death = "unchanged"'), "outputs.relay_open.on_process_death", "unchanged is impossible"),
    (SOUND, ("override     = { pin = 5 }", ""), "inputs.override", "no button"),
    (SOUND, ("relay_open", "lamp_red"), "outputs.relay_open", "no relay opens"),
    (SOUND, ("pin = 5 }", "pin = 5, debounce = 0.4 }"), "inputs.override.debounce", "outside 0 to"),
    (SOUND, ('"hold"', '"up_down"'), "outputs.relay_close", "needs it"),
    (SOUND.replace("strike", "magnetic_lock"), ('"hold"', '"pulse"'), "barrier.drive", "cannot be driven pulse"),
    (SOUND, ('"hold"', '"hold"\nopen_time = 0'), "barrier.open_time", "out of range"),
    (SOUND, ('"hold"', '"hold"\nheld_time = 1e9'), "barrier.held_time", "out of range"),
    (SOUND, ('"hold"', '"hold"\nopen_time = 60'), "barrier.open_time", "not shorter than held_time"),
    (SOUND, ('way_out = "handle"', ""), "way_out", "gets out of this locked door"),
    (SOUND.replace("strike", "magnetic_lock"), ('way_out = "handle"', ""), "way_out", "gets out of this locked door"),
    (BOOM, ('"up_stop_down"', '"up_stop_down"\nclear_time = 20'), "barrier.clear_time", "not shorter than held_time"),
    (SOUND, ('"hold"', '"hold"\nsettle_time = 0'), "barrier.settle_time", "out of range"),
    (BOOM, ('"up_stop_down"', '"up_stop_down"\npulse = 2.0'), "barrier.pulse", "not shorter than travel"),
    (BOOM, ("relay_stop", "lamp_red"), "outputs.relay_stop", "needs it"),
    (BOOM, ('death = "unchanged"', 'death = "secured"'), "outputs.relay_open.on_process_death", "secured is impossible"),
    (TRAP, ("interlock = { pin = 24 }", ""), "inputs.interlock", "needs it"),
    (TRAP, ('interlock = { pin = 27, pull = "down" }', ""), "outputs.interlock", "needs it"),
    (TRAP, ("pin = 24 }", 'pin = 24, active = "high" }'), "inputs.interlock", "a cut wire"),
    (TRAP, ('pin = 27, pull = "down"', "pin = 27"), "outputs.interlock", "without power or process"),
    (TRAP, ('"first"', '"first"\ninterlock_settle = 0.2'), "barrier.interlock_settle", "too short"),
]  # fmt: skip


@pytest.mark.parametrize(("sound", "change", "where", "words"), REFUSED)
def test_what_is_dangerous_is_refused_by_its_key(
    sound: str, change: tuple[str, str], where: str, words: str
) -> None:
    assert change[0] in sound
    changed = board(sound.replace(*change, 1))
    found = [(finding.where, finding.what) for finding in check_board(changed) if _is_error(finding)]
    assert any(place == where and words in what for place, what in found), found
    assert all(finding.remedy for finding in check_board(changed))
    with pytest.raises(ConfigurationError, match="board mine"):
        refuse_dangerous(changed)


@pytest.mark.parametrize("name", sorted(frozenset(InputName) - SILENT_WHEN_CUT))
def test_an_input_whose_cut_wire_reads_as_all_clear_is_warned_about(name: InputName) -> None:
    sound = board(SOUND)
    for level, pull in ((LineLevel.LOW, Pull.UP), (LineLevel.HIGH, Pull.DOWN)):
        line = Input(7, active=level, pull=pull)
        found = check_board(replace(sound, inputs={**sound.inputs, name: line}))
        assert any(finding.where == f"inputs.{name}" and "all clear" in finding.what for finding in found)
    line = Input(7, active=LineLevel.HIGH, pull=Pull.UP)
    assert not any(
        "all clear" in finding.what
        for finding in check_board(replace(sound, inputs={**sound.inputs, name: line}))
    )


WARNED = [
    (SOUND, ("pin = 5 }", 'pin = 5, active = "high", pull = "up" }'), "inputs.override", "reads as a press"),
    (SOUND, ("pin = 5 }", 'pin = 5, pull = "none" }'), "inputs.override.pull", "noise"),
    (
        SOUND,
        ('fire         = { pin = 26, active = "high" }', "fire = { pin = 26 }"),
        "inputs.fire",
        "all clear",
    ),
    (SOUND, ("[inputs]", "lamp_green = { pin = 2 }\n[inputs]"), "outputs.lamp_green", "active from power-on"),
    (SOUND, ('beam_inner   = { pin = 16, active = "high" }', ""), "inputs.beam_inner", "one beam"),
    (SOUND, ('door_contact = { pin = 13, active = "high" }', ""), "inputs.door_contact", "forced"),
    (SOUND, ('"strike"', '"magnetic_lock"'), "outputs.relay_open.on_power_loss", "by its current"),
    (SOUND, ('"strike"', '"boom"'), "outputs.relay_open.on_process_death", "without checking"),
    (SOUND, ('pull = "down"', 'pull = "none"'), "outputs.relay_open", "only weakly"),
    (BOOM, ('obstacle = { pin = 19, active = "high" }', ""), "inputs.obstacle", "no obstacle sensor"),
    (BOOM, ('"up_stop_down"', '"up_down"'), "outputs.relay_stop", "never uses it"),
    (BOOM, ('door_contact = { pin = 13, active = "high" }', ""), "inputs.door_contact", "opens in a fire"),
    (SWING, ('leaf = { pin = 21, active = "high" }', ""), "inputs.leaf", "swings onto somebody"),
    (SWING, ('"up_stop_down"', '"up_down"'), "barrier.drive", "cannot be stopped"),
    (TRAP, ('interlock = "first"', ""), "inputs.interlock", "not part of a pair"),
]


@pytest.mark.parametrize(("sound", "change", "where", "words"), WARNED)
def test_what_the_electrician_has_to_know_is_a_warning(
    sound: str, change: tuple[str, str], where: str, words: str
) -> None:
    assert change[0] in sound
    changed = board(sound.replace(*change, 1))
    assert any(found.where == where and words in found.what for found in refuse_dangerous(changed))


@pytest.mark.parametrize("name", shipped_boards())
def test_a_shipped_board_is_sound_or_refused_on_purpose(name: str) -> None:
    shipped = load_board(name)
    assert shipped.name == name
    errors = [finding for finding in check_board(shipped) if _is_error(finding)]
    assert bool(errors) is (name == "waveshare-rpi-relay-board"), errors


@pytest.mark.shared_data
def test_a_lamp_on_the_serial_console_is_refused_by_its_line(shared_data: Path) -> None:
    path = shared_data / "field" / "board-lamp-on-14.toml"
    wired, document = read_board(str(path))
    with pytest.raises(
        ConfigurationError, match=r"outputs\.lamp_red \(line 22\): GPIO 14 is the serial console"
    ):
        refuse_dangerous(replace(wired, way_out=WayOut.HANDLE), document=document)
