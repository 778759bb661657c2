"""Accounts, tokens and the audit from the command line: a story of one centre, as a program reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from edge.signing.key_files import make_private_key, public_pem
from sync.central.accounts.links import PATH
from tests import keys
from tests.command_line import Done, called


def test_a_centre_gets_its_first_people_and_keeps_who_did_what(tmp_path: Path) -> None:
    assert called("central", "init", tmp_path, "--plain").returncode == 0
    at = ("--config", tmp_path / "central.toml", "--json")

    def central(*words: str) -> Done:
        return called("central", *words, *at)

    def told(*words: str) -> list[dict[str, Any]]:
        done = central(*words)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def refused(*words: str) -> str:
        done = central(*words)
        assert (done.returncode in {1, 2}, done.stdout) == (True, ""), words
        return str(json.loads(done.stderr)["error"])

    told("site", "set", "green-court", "--city", "Wuhan", "--street", "East")
    by = ("--actor", "Li Na")
    [chief] = told("user", "create", "chief", "administrator", "--name", "Wang Fang", *by)
    assert (chief["user"], chief["name"]) == ("chief", "Wang Fang")
    assert chief["grants"] == ["administrator everywhere"]
    told("user", "create", "lei", "operator", "--place", "green-court", *by)
    [more] = told("user", "grant", "lei", "auditor", "--place", "Wuhan/East", *by)
    assert more["grants"] == ["operator at Wuhan/East/green-court", "auditor at Wuhan/East"]
    [less] = told("user", "revoke", "lei", "auditor", "--place", "Wuhan/East", *by)
    assert less["grants"] == ["operator at Wuhan/East/green-court"]
    assert "last administrator" in refused("user", "remove", "chief")
    assert "there is no place" in refused("user", "grant", "lei", "auditor", "--place", "Nowhere")
    assert "no account 'nobody'" in refused("user", "show", "nobody")

    [link] = told("user", "link", "create", "chief", *by)
    assert link["link"].startswith(f"http://localhost:8080{PATH}")
    assert told("user", "session", "list", "chief") == []
    assert told("user", "session", "remove", "chief", *by)[0]["count"] == 0

    [token] = told("token", "create", "lei", "report", "--act", "see", *by)
    assert "may not do this itself" in refused("token", "create", "lei", "more", "--act", "publish")
    assert "every token" not in json.dumps(told("token", "list"))
    assert token["secret"] not in json.dumps(told("token", "list"))
    told("token", "revoke", "1", *by)
    told("user", "remove", "lei", *by)
    assert [item["user"] for item in told("user", "list") if item["until"]] == ["lei"]

    acts = [(item["actor"], item["act"], item["about"]) for item in told("audit", "list")]
    assert acts[-3:] == [
        ("Li Na", "create_token", "report"),
        ("Li Na", "revoke_token", "report"),
        ("Li Na", "end_account", "lei"),
    ]
    assert {actor for actor, *_ in acts} == {"Li Na"}, "every act by name"
    assert told("audit", "list", "--about", "account:chief", "--count", "1")[0]["act"] == "end_all_sessions"
    [verdict] = told("audit", "verify")
    mark = f"{verdict['entry']}:{verdict['hash']}"
    assert told("audit", "verify", "--expect", mark)[0]["problem"] == ""
    other = central("audit", "verify", "--expect", f"1:{verdict['hash']}")
    assert (other.returncode, "written anew" in other.stdout) == (1, True)
    assert "NUMBER:HASH" in refused("audit", "verify", "--expect", "yesterday")


def test_what_changes_people_is_noted_by_name_and_an_erasure_names_nobody(tmp_path: Path) -> None:
    assert called("central", "init", tmp_path, "--plain").returncode == 0
    at = ("--config", tmp_path / "central.toml")
    table = tmp_path / "residents.csv"
    table.write_text("id,name,address\nli-na,Li Na,1/2/301\nwu-lei,Wu Lei,1/2/302\n")
    for words in (
        ("site", "set", "green-court"),
        ("subject", "import", str(table), "--site", "green-court", "--actor", "Wang Fang"),
        (
            "subject",
            "status",
            "set",
            "green-court",
            "li-na",
            "green",
            "--actor",
            "Wang Fang",
            "--reason",
            "x",
        ),
        ("subject", "remove", "green-court", "li-na", "--actor", "Zhao"),
    ):
        done = called("central", *words, *at)
        assert done.returncode == 0, done.stderr
    listed = called("central", "audit", "list", "--json", *at).stdout
    entries = [json.loads(line) for line in listed.splitlines()]
    noted = [(item["actor"], item["act"], item["kind"], item["about"], item["site"]) for item in entries]
    assert noted[-3][:2] == ("Wang Fang", "put_subject"), "the import"
    assert noted[-2:] == [
        ("Wang Fang", "set_status", "subject", "", "green-court"),
        ("Zhao", "erase_subject", "subject", "", "green-court"),
    ]
    assert "li-na" not in listed.lower()
    assert called("central", "audit", "verify", *at).returncode == 0


def test_what_is_done_to_gates_and_registries_is_noted_by_name(tmp_path: Path) -> None:
    site, centre = tmp_path / "green-court", tmp_path / "centre"
    public = keys.ed25519("device").public_key()
    (tmp_path / "gate.pub").write_bytes(public_pem(public))
    make_private_key(tmp_path / "command.key")
    at, by = ("--config", centre / "central.toml"), ("--actor", "Wang Fang")
    named = ("green-court.main", "--site", "green-court", "--gate", "main", "--key", "gate.pub")
    send = ("green-court.main", "lock_down", "--key", "command.key", "--out", "lock.signed")
    for words in (
        ("site", "init", site),
        ("subject", "create", "li-na", "--folder", site),
        ("central", "init", centre, "--plain", "--take-over", site),
        ("central", "gate", "create", *named, *by, *at),
        ("central", "registry", "publish", "green-court", *by, *at),
        ("central", "registry", "revoke", "green-court", "--subject", "li-na", *by, *at),
        ("central", "registry", "revoke", "green-court", "--pass", "0123456789abcdef", *by, *at),
        ("central", "command", "send", *send, *by, *at),
    ):
        done = called(*words, cwd=tmp_path)
        assert done.returncode == 0, f"{words}: {done.stderr}"
    listed = called("central", "audit", "list", "--json", *at).stdout
    entries = [json.loads(line) for line in listed.splitlines()]
    assert [(item["act"], item["kind"], item["site"], item["actor"]) for item in entries][-5:] == [
        ("create_gate", "gate", "green-court", "Wang Fang"),
        ("publish", "registry", "green-court", "Wang Fang"),
        ("revoke_subject", "subject", "green-court", "Wang Fang"),
        ("revoke_passes", "site", "green-court", "Wang Fang"),
        ("command", "gate", "green-court", "Wang Fang"),
    ]
    assert "li-na" not in listed
