"""`gatepost central command send --out`: what is signed for a file, and how it is counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commands.core import Command, CommandKind, read_command
from edge.signing.cose import keys_of
from edge.signing.key_files import make_private_key
from sync.transport.clock import wall
from tests.command_line import called
from tests.sync.wire.examples import DEVICE
from tests.sync.world import World


@pytest.fixture
def key(tmp_path: Path) -> Ed25519PrivateKey:
    return make_private_key(tmp_path / "command.key")


def signed(tmp_path: Path, key: Ed25519PrivateKey, config: Path, *named: str | Path) -> Command:
    out = tmp_path / "command.signed"
    words = ("central", "command", "send", DEVICE, "lock_down", "--actor", "Wang Fang", "--out", out)
    named = named or ("--key", tmp_path / "command.key")
    done = called(*words, *named, "--config", config, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return read_command(out.read_bytes(), DEVICE, keys_of([key.public_key().public_bytes_raw()])).command


@pytest.mark.parametrize("database", ["here", "not here"])
def test_what_is_signed_later_has_a_greater_counter_with_a_database_and_without(
    tmp_path: Path, key: Ed25519PrivateKey, database: str
) -> None:
    config = tmp_path / "nowhere.toml"
    if database == "here":
        config = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", 1883).central_file()
    before = wall()
    first, second = (signed(tmp_path, key, config) for _ in range(2))
    assert (first.kind, first.actor, first.challenge) == (CommandKind.LOCK_DOWN, "Wang Fang", None)
    assert before <= first.counter < second.counter
    assert first.nonce != second.nonce


def test_the_key_is_the_one_that_central_toml_names(tmp_path: Path, key: Ed25519PrivateKey) -> None:
    config = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", 1883).central_file()
    elsewhere = tmp_path / "keys"
    elsewhere.mkdir()
    (tmp_path / "command.key").rename(elsewhere / "command.key")
    config.write_text(f'{config.read_text()}\n[commands]\nkey = "keys/command.key"\n')
    assert signed(tmp_path, key, config, "--json").kind is CommandKind.LOCK_DOWN
