"""Lists and receipts at the command line: wrong rows are named, a receipt is checked by itself."""

from __future__ import annotations

import json
from pathlib import Path

from edge.signing.key_files import public_pem
from sync.central.people.core.erasure_receipt import ErasureReceipt, GateErasure, signed
from tests.command_line import called
from tests.keys import ed25519

LIST = "id,name,status\n" + "".join(f"s{number},Li,green\n" for number in range(8)) + "s9,=cmd,\ns1,Li,\n"
KEY = ed25519("centre")


def test_a_list_is_imported_once_and_a_large_change_waits(tmp_path: Path) -> None:
    at = ("--config", tmp_path / "central.toml", "--json", "--site", "green-court")
    people, red = tmp_path / "people.csv", tmp_path / "red.csv"
    people.write_text(LIST)
    red.write_text(LIST.replace("green", "red").partition("s9")[0])
    assert called("central", "init", tmp_path, "--plain").returncode == 0
    assert called("central", "site", "set", "green-court", "--config", at[1]).returncode == 0
    tried = called("central", "import", people, *at, "--dry-run")
    done = called("central", "subject", "import", people, *at)
    first = json.loads(done.stdout)
    assert (tried.returncode, done.returncode) == (1, 1), "two rows are wrong"
    assert (first["added"], first["refused"], first["waits"]) == (8, 2, None)
    assert any("line 10" in line and "formula" in line for line in first["changes"])
    assert any("line 11" in line and "already" in line for line in first["changes"])
    held = called("central", "import", red, *at, "--take", "status", "--actor", "Wang")
    assert held.returncode == 1
    assert json.loads(held.stdout)["waits"] == 2
    listed = called("central", "subject", "list", "green-court", "--config", at[1]).stdout
    assert (listed.count("green"), listed.count("red")) == (8, 0)


def test_a_receipt_is_checked_with_the_centres_public_key_alone(tmp_path: Path) -> None:
    (tmp_path / "central.pub").write_bytes(public_pem(KEY.public_key()))
    (tmp_path / "other.pub").write_bytes(public_pem(ed25519("other").public_key()))
    for name, at, code in (("whole", 7, 0), ("waiting", None, 1)):
        gates = (GateErasure("gp-1", erased_at=at),)
        receipt = ErasureReceipt("ab12", "green-court", "li-na", "Wang", 5, 9, (), gates, ("x: y",))
        (tmp_path / name).write_bytes(signed(receipt, KEY))
        words = ("central", "subject", "receipt", "verify", tmp_path / name, "--key")
        said = called(*words, tmp_path / "central.pub", "--json")
        assert said.returncode == code, said.stderr
        assert json.loads(said.stdout)["reference"] == "ab12"
        assert "not among those given" in called(*words, tmp_path / "other.pub").stderr
