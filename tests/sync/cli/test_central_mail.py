"""`gatepost central mail test`: one mail, at once, and what the server says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.cli.main import command
from edge.errors import ConfigurationError
from sync.central.setup import init_central
from sync.cli.main import GROUPS
from tests.sync.central.delivery.servers import MailBox, mail_server


@pytest.fixture
def centre(tmp_path: Path) -> Path:
    init_central(tmp_path / "centre", None, "localhost", 1, plain=True)
    return tmp_path / "centre" / "central.toml"


def configure(centre: Path, port: int) -> None:
    mail = f'host = "127.0.0.1"\nport = {port}\nsecurity = "plain"\nsender = "gatepost@centre.example"\n'
    centre.write_text(f"{centre.read_text()}\n[mail]\n{mail}")


def run(centre: Path, address: str) -> int:
    line = ["central", "mail", "test", address, "--config", str(centre), "--json"]
    return int(command(GROUPS)(line) or 0)


def test_a_mail_is_sent_and_the_answer_of_the_server_shown(
    centre: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box = MailBox()
    with mail_server(box, None) as port:
        configure(centre, port)
        assert run(centre, "zhang@example.org") == 0
        box.to_recipient = "450 4.7.1 greylisted"
        assert run(centre, "zhang@example.org") == 1
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["outcome"], second["outcome"]) == ("sent", "delayed")
    assert "greylisted" in second["said"]
    assert [each.rcpt_tos for each in box.mails] == [["zhang@example.org"]]


def test_without_a_server_or_an_address_it_says_what_to_do(centre: Path) -> None:
    with pytest.raises(ConfigurationError, match="no mail server is configured"):
        run(centre, "zhang@example.org")
    configure(centre, 1)
    with pytest.raises(ConfigurationError, match=r"name@example\.org"):
        run(centre, "zhang")
