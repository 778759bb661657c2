"""What is copied to the nodes of a cluster."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from edge.errors import ConfigurationError
from sync.transport.rabbitmq.folders import PLACE, write_nodes

NODES = ("b1.example.org", "b2.example.org", "b3.example.org")


def held(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_second_time_changes_nothing_and_all_nodes_share_cookie_and_password(tmp_path: Path) -> None:
    folder, secret, tls = tmp_path / "cluster", tmp_path / "password", tmp_path / "tls"
    tls.mkdir()
    (tls / "broker.pem").write_text("certificate")
    assert write_nodes(folder, NODES, secret, tls)
    before = held(folder)
    assert not write_nodes(folder, NODES, secret, tls)
    assert held(folder) == before
    assert len({(folder / node / "erlang.cookie").read_bytes() for node in NODES}) == 1
    assert len({(folder / node / "definitions.json").read_bytes() for node in NODES}) == 1
    assert (folder / NODES[0] / "tls" / "broker.pem").read_text() == "certificate"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_node_more_and_another_password_are_written_and_the_cookie_stays(tmp_path: Path) -> None:
    folder, secret = tmp_path / "cluster", tmp_path / "password"
    write_nodes(folder, NODES[:1], secret)
    cookie = (folder / NODES[0] / "erlang.cookie").read_bytes()
    [before] = json.loads((folder / NODES[0] / "definitions.json").read_bytes())["users"]
    secret.write_text("another one\n")
    assert write_nodes(folder, NODES, secret)
    assert "rabbit@b3.example.org" in (folder / NODES[0] / "rabbitmq.conf").read_text()
    assert (folder / NODES[2] / "erlang.cookie").read_bytes() == cookie
    [after] = json.loads((folder / NODES[0] / "definitions.json").read_bytes())["users"]
    assert before["password_hash"] != after["password_hash"]


@pytest.mark.parametrize("nodes", [(), NODES[:2], (NODES[0], NODES[0], NODES[1])])
def test_nodes_without_a_majority_are_refused(tmp_path: Path, nodes: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError, match="no majority"):
        write_nodes(tmp_path / "cluster", nodes, tmp_path / "password")
    assert not (tmp_path / "cluster").exists()


def test_the_script_is_for_its_node_and_one_that_the_shell_and_shellcheck_understand(tmp_path: Path) -> None:
    write_nodes(tmp_path / "cluster", NODES, tmp_path / "password")
    script = tmp_path / "cluster" / NODES[1] / PLACE
    assert f"\nname={NODES[1]} " in script.read_text()
    subprocess.run(["sh", "-n", str(script)], check=True)
    if shutil.which("shellcheck") is None:
        pytest.skip("LOUD SKIP: no shellcheck: apt-get install shellcheck to check the script")
    done = subprocess.run(["shellcheck", str(script)], capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_without_the_authoritys_files_the_script_says_which_and_changes_nothing(tmp_path: Path) -> None:
    write_nodes(tmp_path / "cluster", NODES, tmp_path / "password")
    script = tmp_path / "cluster" / NODES[0] / PLACE
    done = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = ("there is no RabbitMQ", "services-ca.pem is not there", "only root")
    assert done.stderr.startswith("place.sh: ")
    assert any(words in done.stderr for words in said)
