"""gate.toml, sync.toml and central.toml: what nothing could work with is refused by key, line and choices."""

# ruff: noqa: E501 - a row of a table is a line

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from edge.admin.site_admin import open_site_admin
from edge.admin.starting_files import GATE
from edge.cli.gate import check, run
from edge.configuration import GateConfiguration, load_configuration
from edge.decision import Policy
from edge.errors import ConfigurationError
from sync.agent.configuration import SyncConfiguration
from sync.agent.configuration import load_configuration as load_sync
from sync.central.configuration import CentralConfiguration

SOUND = GATE.format(
    id="main",
    site="green-court",
    direction="entry",
    language="zh",
    inbox="../../registry/registry.bundle",
    lists="../../registry/lists",
)


def written(folder: Path, section: str, line: str) -> Path:
    """A sound gate.toml in which one line of one section is another."""
    key = line.split("=", maxsplit=1)[0].strip()
    lines, at = [], ""
    for old in [*SOUND.splitlines(), *([] if f"[{section}]" in SOUND else [f"[{section}]"])]:
        at = old.strip("[]") if old.startswith("[") else at
        if at != section or old.split("=")[0].strip() != key:
            lines.append(old)
        if old == f"[{section}]":
            lines.append(line)
    path = folder / "gate.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


REFUSED = [
    # the section, the line in it, and what is said of it
    ("encounter", "gone_after = 0", "encounter.gone_after: expected a number from 0.1 to 60, got 0"),
    ("encounter", "give_up_after = -1", "encounter.give_up_after: expected a number above 0 and at most 300, got -1"),
    ("encounter", "evidence_within = nan", "encounter.evidence_within: expected a number, got nan"),
    ("encounter", "ask_again_after = inf", "encounter.ask_again_after: expected a number, got inf"),
    ("encounter", "evidence_within = 9", "encounter: evidence_within (9 s) is longer than give_up_after (8 s)"),
    ("vision", "hang_after = -1", "vision.hang_after: expected a number from 0.1 to 3600, got -1"),
    ("vision", "memory_limit = 0", "vision.memory_limit: expected a whole number from 100 to 65536, got 0"),
    ("vision", "detect_width = 0", "vision.detect_width: expected a whole number from 64 to 8192, got 0"),
    ("vision", "embeddings_per_track = 0", "vision.embeddings_per_track: expected a whole number from 1 to 100"),
    ("vision", "threads = -3", "vision.threads: expected a whole number from 1 to 64, got -3"),
    ("vision", 'faces = "arcface"', "vision.faces: 'arcface' is not one of: sface, dlib, none"),
    ("vision", 'camera = ""', "vision.camera: expected a camera"),
    ("registry", "look_every = 0", "registry.look_every: expected a number from 0.1 to 3600, got 0"),
    ("registry", "look_every = nan", "registry.look_every: expected a number, got nan"),
    ("registry", 'folder = ""', "registry.folder: not a path"),
    ("registry", 'folder = "a\\u0000b"', "registry.folder: not a path"),
    ("registry", 'folder = "~nobody-of-that-name/x"', "registry.folder: not a path: there is no such user"),
    ("registry", "folder = 3", "registry.folder: expected a path, in quotes"),
    ("registry", 'folder = "root.pub"', "registry.root_key and registry.folder name the same path"),
    ("journal", "keep = -5", "journal.keep: expected a whole number from 0 to 1000000000, got -5"),
    ("journal", 'when_full = "shut"', "journal.when_full: 'shut' is not one of: deny, open"),
    ("gate", 'device = "../../x"', "gate.device: expected an id: at most 63 small letters"),
    ("gate", 'id = "南门"', "gate.id: expected an id"),
    ("gate", 'site = ""', "gate.site: expected an id"),
    ("gate", f'id = "{"x" * 60}"', "gate: site.id is longer than 63 letters"),
    ("gate", 'language = "fr"', "gate.language: 'fr' is not one of: en, zh"),
    ("gate", 'direction = "up"', "gate.direction: 'up' is not one of: entry, exit, both"),
    ("gate", "colour = 3", "gate.colour: unknown field; known: id, site, direction, language, device"),
    ("lane", 'board = ""', "lane.board: expected"),
    ("thermometer", "address = 0x80", "thermometer.address: expected a whole number from 8 to 119, got 128"),
    ("thermometer", "offset = 7.0", "thermometer.offset: expected a number from -5 to 5, got 7.0"),
    ("thermometer", "person = [45.0, 30.0]", "thermometer: person, ambient, distance and usual are each"),
    ("thermometer", "person = [30.0, 1e6]", "thermometer.person[1]: expected a number from -70 to 400"),
    ("thermometer", "every = 10.0", "thermometer: silent_after is not longer than every"),
    ("thermometer", "again_after = 9.0", "thermometer: again_after is longer than again_within"),
    ("thermometer", 'kind = "serial"', "thermometer: a serial thermometer needs its port"),
    ("prompts", "volume = 101", "prompts.volume: expected a whole number from 0 to 100, got 101"),
    ("prompts", 'device = "-D"', "prompts.device: expected the name of a sound device"),
    ("counts", "look_every = 1e9", "counts.look_every: expected a number from 0.1 to 3600"),
]  # fmt: skip


@pytest.mark.parametrize(("section", "line", "said"), REFUSED, ids=[row[1] for row in REFUSED])
def test_what_a_gate_could_not_work_with_is_refused_by_key_line_and_choices(
    tmp_path: Path, section: str, line: str, said: str
) -> None:
    path = written(tmp_path, section, line)
    lines = path.read_text(encoding="utf-8").splitlines()
    with pytest.raises(ConfigurationError) as caught:
        load_configuration(path)
    error = caught.value
    assert error.what.startswith(said)
    of_one_key = error.what.split(":")[0].count(".") == 1 and " " not in error.what.split(":")[0]
    if of_one_key:
        assert error.where == f"{path}, line {lines.index(line) + 1}"
    elif said.startswith(f"{section}:"):
        assert error.where == f"{path}, line {lines.index(f'[{section}]') + 1}"
    assert str(error).count("not one of") <= 1
    assert not set("`$") & set(str(error))


SYNC = """
device = { id = "d", key = "device.key" }
broker = { host = "127.0.0.1", plain = true }
central = { keys = ["central.pub"] }
journal = { socket = "journal.sock", acknowledged = "acknowledged" }
[registry]
site = "green-court"
gate = "main"
root_key = "root.pub"
inbox = "inbox/registry.bundle"
folder = "registry"
spool = "spool"
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "d"', 'id = "D"', "line 2: device.id: expected an id"),
        ("plain = true", "port = 0", "line 3: broker.port: expected a whole number from 1 to 65535, got 0"),
        ('host = "127.0.0.1"', 'host = ""', "line 3: broker.host: expected a host"),
        (
            "plain = true",
            "plain = true, longest_pause = nan",
            "line 3: broker.longest_pause: expected a number",
        ),
        ('gate = "main"', 'gate = ""', "line 8: registry.gate: expected an id"),
        ('spool = "spool"', 'spool = "./registry"', "registry.spool and registry.folder name the same path"),
        (
            'spool = "spool"',
            'spool = "s"\nbytes_a_second = 0',
            "line 13: registry.bytes_a_second: expected a number",
        ),
        ('spool = "spool"', 'spool = ""', "line 12: registry.spool: not a path"),
    ],
)
def test_what_sync_could_not_work_with_is_refused_so_too(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "sync.toml"
    path.write_text(SYNC, encoding="utf-8")
    assert load_sync(path).device.id == "d"
    assert old in SYNC
    path.write_text(SYNC.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_sync(path)
    assert said in str(caught.value)


def test_a_site_s_time_zone_is_one(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text('id = "green-court"\ntime_zone = "Asia/Nowhere"\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"line 2: time_zone: there is no time zone 'Asia/Nowhere'"):
        open_site_admin(tmp_path)


def test_gate_check_calls_it_bad_and_gate_run_refuses_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "encounter", "gone_after = 0")
    assert check(config=path) == 1
    said = capsys.readouterr().out
    assert said.startswith("bad ")
    assert said.count("encounter.gone_after: expected a number from 0.1 to 60, got 0") == 1
    with pytest.raises(ConfigurationError, match=r"gone_after"):
        run(config=path)


def test_a_sound_gate_toml_is_read(tmp_path: Path) -> None:
    assert load_configuration(written(tmp_path, "encounter", "gone_after = 0.1")).encounter.gone_after == 0.1


Number = inspect.IntType | inspect.FloatType


def numbers(kind: inspect.Type, key: str) -> Iterator[tuple[str, Number]]:
    """Every number that a configuration may hold, by its key."""
    if isinstance(kind, Number):
        yield key, kind
    for name, inner in parts(kind):
        yield from numbers(inner, f"{key}{name}")


def parts(kind: inspect.Type) -> list[tuple[str, inspect.Type]]:
    """The types that a type is made of, and how each is reached in it."""
    match kind:
        case inspect.StructType():
            return [(f".{field.encode_name}", field.type) for field in kind.fields]
        case inspect.Metadata() | inspect.UnionType():
            alternatives = kind.types if isinstance(kind, inspect.UnionType) else (kind.type,)
            return [("", inner) for inner in alternatives]
        case inspect.TupleType():
            return [(f"[{index}]", inner) for index, inner in enumerate(kind.item_types)]
        case inspect.CollectionType():
            return [("[]", kind.item_type)]
        case inspect.DictType():
            return [(".*", kind.value_type)]
        case _:
            return []


@pytest.mark.parametrize("kind", [GateConfiguration, SyncConfiguration, CentralConfiguration, Policy])
def test_every_number_has_a_range(kind: type[Any]) -> None:
    found = dict(numbers(msgspec.inspect.type_info(kind), ""))
    assert found
    endless = [
        key
        for key, number in found.items()
        if (number.ge is None and number.gt is None) or (number.le is None and number.lt is None)
    ]
    assert endless == []


@pytest.mark.shared_data
def test_a_value_of_the_field_out_of_range_is_refused(shared_data: Path, tmp_path: Path) -> None:
    extra = (shared_data / "field" / "gate-toml-out-of-range.txt").read_text(encoding="utf-8")
    path = tmp_path / "gate.toml"
    path.write_text(f"{SOUND}\n{extra}", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"encounter\.gone_after: expected a number"):
        load_configuration(path)
