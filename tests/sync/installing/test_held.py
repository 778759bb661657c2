"""What setup goes by where a centre is there, and what it changes in its central.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.errors import ConfigurationError
from sync.central.setup import init_central
from sync.installing.database import Database, database_in, database_of
from sync.installing.held import held_at, merged
from tests.command_line import called

_WANTED = b'[store]\nurl = "x"\n\n[console]\nport = 1\n\n[backup]   # every night\nfolder = "/a"\n'


def test_a_table_that_is_asked_for_is_added_and_every_word_stays() -> None:
    held = b'# of Wang Fang\n[store]\nurl = "x"   # not to be moved\n\n[mail]\nhost = "m"\n'
    found = merged(held, _WANTED, b"", ("backup",), "central.toml")
    assert found.text.startswith(held.decode())
    assert found.text.endswith('[backup]   # every night\nfolder = "/a"\n')
    assert (found.changed, found.stay) == (("backup",), ())


def test_what_is_there_with_another_value_stays_and_is_named() -> None:
    held = b'[store]\nurl = "x"\n[console]\nport = 2\n[backup]\nfolder = "/b"\n'
    found = merged(held, _WANTED, b"", ("backup",), "central.toml")
    assert (found.text, found.changed) == (held.decode(), ())
    assert found.stay == ("[console] port", "[backup] folder")


def test_a_table_as_setup_wrote_it_becomes_another_and_is_not_added_unasked() -> None:
    found = merged(b'[backup]\nfolder = "/b"\n', _WANTED, b'[backup]\nfolder = "/b"\n', ("backup",), "x")
    assert (found.text, found.changed) == ('[backup]   # every night\nfolder = "/a"\n', ("backup",))
    assert merged(b"[console]\n", _WANTED, b"", (), "x").text == "[console]\n"


_AT_HOST = b'[broker]\nhost = "localhost"\nport = 8884\n\n[adoption]\nhost = "a"\nbroker = "a"\n'
_AT_NODES = b'[broker]\nhost = "b1"\nport = 5671\n\n[adoption]\nhost = "a"\nbroker = "b"\n'
_BOTH = ("broker", "adoption")


@pytest.mark.parametrize(
    ("held", "key"),
    [
        (_AT_HOST.replace(b"8884\n", b"8884\nkeepalive = 20\n"), "[broker] keepalive"),
        (_AT_HOST.replace(b'broker = "a"', b'broker = "mine"'), "[adoption] broker"),
        (
            _AT_HOST.replace(b"8884", b"1").replace(b'broker = "a"', b'broker = "mine"'),
            "[broker] port, [adoption] broker",
        ),
        (_AT_HOST.replace(b"8884", b"1").replace(b'broker = "a"', b'broker = "b"'), "[broker] port"),
    ],
    ids=["a key more of the broker", "another adoption", "both", "left half-way by an earlier version"],
)
def test_the_broker_is_switched_whole_or_not_at_all(held: bytes, key: str) -> None:
    wanted = _AT_NODES.replace(b"\n[adop", b'[broker.management]\npassword = "/s"\n[adop')
    with pytest.raises(ConfigurationError, match="cannot be switched") as refused:
        merged(held, wanted, _AT_HOST, _BOTH, "central.toml")
    assert refused.value.what.endswith(f": {key}")
    assert (
        '[broker] host = "b1"; [broker] port = 5671; [broker.management] password = "/s"; [adoption]'
        in refused.value.remedy
    )


@pytest.mark.parametrize(
    ("held", "stay"),
    [
        (_AT_NODES.replace(b"5671\n", b"5671\nkeepalive = 20\n"), ()),
        (_AT_NODES.replace(b"5671", b"5672"), ("[broker] port",)),
        (_AT_NODES.replace(b"b1", b"b9"), ("[broker] host",)),
    ],
    ids=["a key more", "another port", "other nodes"],
)
def test_a_broker_that_is_switched_already_stays_as_somebody_tuned_it(
    held: bytes, stay: tuple[str, ...]
) -> None:
    found = merged(held, _AT_NODES, _AT_HOST, _BOTH, "central.toml")
    assert (found.text, found.changed, found.stay) == (held.decode(), (), stay)


def test_a_comment_above_the_table_that_follows_a_replaced_one_stays() -> None:
    held = _AT_HOST.replace(b"[adoption]", b"# my note on adoption\n[adoption]") + b"\n# the end\n"
    found = merged(held, _AT_NODES.replace(b"[adopt", b"# ours\n[adopt"), _AT_HOST, _BOTH, "central.toml")
    expected = _AT_NODES.replace(b"[adoption]", b"# my note on adoption\n[adoption]") + b"\n# the end\n"
    assert (found.text, found.changed) == (expected.decode(), _BOTH)


def test_a_switch_that_is_refused_is_refused_before_the_first_step(tmp_path: Path) -> None:
    """By the command line, below another root: nothing is made."""
    folder = tmp_path / "root/etc/gatepost-central"
    init_central(folder, f"sqlite:///{tmp_path}/other.sqlite", "127.0.0.1", 1, plain=True)
    words = ("central", "setup", "--host", "a.example", "--node", "b1.example", "--root", tmp_path / "root")
    before = sorted((tmp_path / "root").rglob("*"))
    refused = called(*words)
    assert (refused.returncode, "cannot be switched" in refused.stderr) == (2, True), refused.stderr
    assert sorted((tmp_path / "root").rglob("*")) == before


@pytest.mark.parametrize(
    ("held", "what"),
    [
        ("sqlite:////srv/other.sqlite", Database("sqlite:////srv/other.sqlite")),
        ("postgresql:///centre", Database("postgresql:///centre", "centre")),
        (
            "postgresql+psycopg:///centre?host=/run/pg&port=5433",
            Database("postgresql+psycopg:///centre?host=/run/pg&port=5433", "centre", "/run/pg", 5433),
        ),
        ("postgresql://me@/centre", Database("postgresql://me@/centre")),
        (
            "postgresql://me@db/centre?passfile=/p",
            Database("postgresql://me@db/centre?passfile=/p", "centre", host="db", user="me"),
        ),
        (
            "postgresql://me:secret@/centre?host=a:5432&host=b:5432",
            Database("postgresql://me:secret@/centre?host=a:5432&host=b:5432"),
        ),
    ],
)
def test_the_database_is_the_one_that_central_toml_names(held: str, what: Database) -> None:
    assert database_in(held, None, "central.toml") == what


def test_another_database_than_the_one_that_is_served_is_refused() -> None:
    held = "postgresql://me:secret@db/centre"
    with pytest.raises(ConfigurationError, match="this centre has another one") as raised:
        database_in(held, database_of("postgresql:///gatepost", Path("/s"), None), "central.toml")
    assert "secret" not in str(raised.value)
    kept = "postgresql://me@db/centre?passfile=/p"
    same = database_of("postgresql://me@db/centre", Path("/s"), None)
    assert database_in(kept, same, "central.toml").url == kept, "how a password comes there is no difference"


def test_it_makes_no_second_database(tmp_path: Path) -> None:
    """By the command line, with a centre below another root whose database lies elsewhere."""
    url = f"sqlite:///{tmp_path}/other.sqlite"
    folder = tmp_path / "root/etc/gatepost-central"
    init_central(folder, url, "127.0.0.1", 1, plain=True)
    words = ("central", "setup", "--host", "a.example", "--root", tmp_path / "root", "--dry-run")
    tables = [line for line in called(*words).stdout.splitlines() if line.startswith("tables")]
    assert [line.split()[1] for line in tables] == [url]
    refused = called(*words, "--database", "postgresql:///gatepost")
    assert (refused.returncode, "this centre has another one" in refused.stderr) == (2, True), refused.stderr
    assert held_at(tmp_path / "nowhere.toml") is None
