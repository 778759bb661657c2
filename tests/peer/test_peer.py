"""A gate's side of the protocol that shares no code with ours, against a real centre behind a real broker.

`tests/peer/*.js` is written from the documents alone: what it could not have found there, the documents lack.
Each story is told twice, there as the gate lives it, and here as the centre sees it.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.cli.main import command
from edge.credentials.own_pass.own_pass import PassClaims, issue
from edge.credentials.trust import Revocations, delta_between, hash_of, revocations
from edge.credentials.trust_lists import SignedRevocations, TrustList, sign_revocations, sign_trust_list
from sync.cli.main import GROUPS
from tests.edge.registry.repository import public
from tests.keys import ed25519
from tests.peer.conftest import LIST_KEY, PASS_KEY, House, Play
from tests.sync.centre import NOW, SITE
from tests.waiting import soon

PASS_ID = bytes(range(8)).hex()

# --- the link ----------------------------------------------------------------------------------------


def test_a_gate_says_hello_and_central_says_what_it_speaks_and_what_it_heard(play: Play) -> None:
    with play("hello") as gate:
        assert 1 in gate.said("welcome")["speaks"]
        assert 1 in gate.said("welcome")["speaks"], "and passes over what a later version says besides"


def test_a_gate_measures_its_clock(play: Play) -> None:
    with play("clock") as gate:
        measured = gate.said("measured")
    assert abs(measured["off"]) <= measured["error"] + 1.0


def test_health_counts_once_and_a_broken_link_is_told_by_its_will(house: House, play: Play) -> None:
    with play("health") as gate:
        gate.said("online")
        soon(lambda: house.known("peer-health").state == "online")
        gate.tell("seen")
        gate.said("dropped")
        soon(lambda: house.known("peer-health").state == "gone")
        gate.tell("seen")


def test_central_answers_what_it_refuses(play: Play) -> None:
    with play("refusals") as gate:
        codes = gate.said("refused")["codes"]
    assert codes == {
        "altered": "forged",
        "version": "other_version",
        "stranger": "unknown_key",
        "more": "invalid",
        "elsewhere": "forged",
    }


def test_a_gate_believes_nothing_that_central_did_not_sign_for_it(house: House, play: Play) -> None:
    with play("disbelief") as gate:
        gate.said("ready")
        house.say_what_is_not_believed("peer-disbelief", stranger=ed25519())
        gate.tell("sent")
        codes = gate.said("refused")["codes"]
        gate.said("answered")
        soon(lambda: house.refused_by("peer-disbelief").total() == len(codes))
        gate.tell("seen")
    assert codes == ["unreadable", "other_version", "unknown_key", "forged", "forged"]
    assert house.refused_by("peer-disbelief") == Counter(codes), "central knows what was not believed"


def test_gates_of_a_site_learn_what_the_others_counted(house: House, play: Play) -> None:
    with play("counts", other=house.gate("peer-counts-too")) as gate:
        counted = gate.said("counted")
    assert counted == {"code": "invalid", "entered": 12}


def test_a_gate_whose_clock_was_set_back_begins_a_later_link(house: House, play: Play) -> None:
    with play("setback") as gate:
        assert gate.said("heard")["code"] == "older"
        soon(lambda: house.known("peer-setback").state == "online")
        gate.tell("seen")


def test_two_processes_of_one_identity_are_told_so(play: Play) -> None:
    with play("shared") as gate:
        assert gate.said("told")["at"] > 0


def test_the_broker_keeps_a_device_to_its_own_topics_and_keeps_nothing(play: Play) -> None:
    not_authorised, no_retain = 0x87, "the broker ended the link: 0x9a"
    with play("bounds") as gate:
        assert gate.said("refused") == {"reasons": [not_authorised] * 2, "ended": no_retain}


@pytest.mark.parametrize(("verb", "why"), [("retire", "retired"), ("suspend", "suspended")])
def test_a_gate_that_is_put_out_of_service_is_told_so(
    house: House, play: Play, capsys: pytest.CaptureFixture[str], verb: str, why: str
) -> None:
    with play("refused", device=f"peer-{why}") as gate:
        gate.said("ready")
        words = ["central", "gate", verb, f"peer-{why}", "--config", str(house.central_toml)]
        assert command(GROUPS)(words) == 0, capsys.readouterr().out
        assert gate.said("refused")["why"] == why


def test_a_device_that_nobody_enrolled_is_told_so(play: Play) -> None:
    with play("refused", device="peer-unknown") as gate:
        gate.said("ready")
        assert gate.said("refused")["why"] == "unknown"


# --- the journal -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "findings"),
    [
        ("journal", []),
        ("duplicate", []),
        ("resume", []),
        ("gap", ["missing 6 to 8"]),
        ("found", ["missing 6 to 8, ended"]),
        ("fork", ["forked 4 to 4"]),
        ("altered", ["altered 1 to 10, ended"]),
    ],
)
def test_the_journal_goes_up(house: House, play: Play, story: str, findings: list[str]) -> None:
    with play(story) as gate:
        stored = gate.said("stored")
    sequences = house.stored(f"peer-{story}")
    assert len(sequences) == stored["count"], "each once"
    assert house.findings(f"peer-{story}") == findings


def test_what_no_chain_can_hold_is_refused(house: House, play: Play) -> None:
    with play("impossible") as gate:
        assert gate.said("refused")["codes"] == ["unreachable", "invalid"]
    assert house.stored("peer-impossible") == [1, 2, 3, 4, 5]


# --- the registry ------------------------------------------------------------------------------------


def test_a_new_gate_fetches_the_whole(house: House, play: Play) -> None:
    house.publish(people=500)
    with play("snapshot") as gate:
        held = gate.said("held")
        assert held["kind"] == "snapshot"
        assert held["chunks"] > 1
        assert held["version"] == house.version
        assert set(held["subjects"]) == {f"subject-{number}" for number in range(500)}
        assert held["lengths"] == pytest.approx([1.0] * 500), "the faces, opened"
        gate.said("reported")
        soon(lambda: house.known("peer-snapshot").registry_version == house.version)
        assert house.known("peer-snapshot").root_version == held["root"]
        gate.tell("seen")


def test_a_gate_takes_changes_from_what_it_holds(house: House, play: Play) -> None:
    house.publish(people=3)
    with play("changes") as gate:
        gate.said("held")
        soon(lambda: house.known("peer-changes").registry_version == house.version)
        house.publish(people=4, named="another")
        gate.tell("published")
        held = gate.said("held")
    assert held["kind"] == "changes"
    assert held["version"] == house.version
    assert len(held["subjects"]) == 4


def test_somebody_who_is_taken_out_is_unknown_before_any_version(house: House, play: Play) -> None:
    house.publish(people=20)
    with play("revocations") as gate:
        before = gate.said("held")
        house.revoke("subject-19")
        gate.tell("revoked")
        held = gate.said("held")
    assert held["version"] == before["version"]
    assert set(before["subjects"]) - set(held["subjects"]) == {"subject-19"}


def test_roots_are_followed_and_the_old_key_counts_no_more(house: House, play: Play) -> None:
    house.publish(people=3)
    with play("rotation") as gate:
        before = gate.said("held")["root"]
        house.rotate_registry_key()
        house.publish(people=2)
        gate.tell("rotated")
        held = gate.said("held")
    assert held["root"] == before + 2
    assert held["version"] == house.version


def test_a_root_brings_the_key_of_who_brings_it(house: House, play: Play) -> None:
    house.publish(people=1)
    with play("rekeyed", central=[public(ed25519())[0].hex()]) as gate:
        assert ["hello", "unknown_key"] in gate.said("refused")["refused"]
        assert 1 in gate.said("welcome")["speaks"]


def test_a_gate_that_holds_the_newest_is_told_nothing_again(house: House, play: Play) -> None:
    if house.version == 0:
        house.publish(people=3)
    with play("newest") as gate:
        assert gate.said("again")["again"] == []


def test_a_pass_is_judged_by_the_keys_of_the_registry(house: House, play: Play) -> None:
    house.publish(people=3)
    now = datetime.now(UTC).replace(microsecond=0)
    claims = PassClaims(SITE, "subject-1", PASS_ID, now)
    ended = PassClaims(SITE, "subject-1", PASS_ID, now, valid_until=now - timedelta(hours=1))
    passes = [
        issue(claims, PASS_KEY),
        issue(ended, PASS_KEY),
        issue(claims, ed25519()),
        issue(PassClaims("red-court", "subject-1", PASS_ID, now), PASS_KEY),
    ]
    with play("pass", passes=passes) as gate:
        judged = gate.said("judged")["passes"]
    assert [item["verdict"] for item in judged] == ["genuine", "expired", "untrusted_issuer", "other_site"]
    assert judged[0]["subject"] == "subject-1"
    assert judged[0]["id"] == PASS_ID


def test_the_lists_about_certificates_come_as_objects(
    house: House, play: Play, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.publish(people=1)
    listed = delta_between(Revocations(), revocations([hash_of("a certificate")], version=5))
    until = NOW + timedelta(days=7)
    (tmp_path / "issuers").write_bytes(sign_trust_list(TrustList(3, NOW, until), LIST_KEY))
    (tmp_path / "revocations").write_bytes(sign_revocations(SignedRevocations(NOW, until, listed), LIST_KEY))
    with play("lists") as gate:
        gate.said("ready")
        files = [str(tmp_path / name) for name in ("issuers", "revocations")]
        words = ["central", "trust", "publish", SITE, *files, "--config", str(house.central_toml)]
        assert command(GROUPS)(words) == 0, capsys.readouterr().out
        gate.tell("published")
        assert gate.said("held") == {"issuers": 3, "revocations": 5}


# --- commands ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("story", "answers"), [("command", ["done"]), ("challenge", ["unsure", "done"])])
def test_the_shell_gives_a_command(
    house: House, play: Play, capsys: pytest.CaptureFixture[str], story: str, answers: list[str]
) -> None:
    house.publish(people=1)
    with play(story) as gate:
        gate.said("ready")
        words = [f"peer-{story}", "lock_down", "--actor", "Wang Fang"]
        files = ["--key", str(house.command_key), "--config", str(house.central_toml)]
        assert command(GROUPS)(["central", "command", "send", *words, *files]) == 0, capsys.readouterr().out
        assert [gate.said("answered")["outcome"] for _ in answers] == answers
        gate.tell("seen")


def test_a_device_answers_for_a_gate_that_does_not_run(
    house: House, play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    house.publish(people=1)
    with play("undelivered") as gate:
        gate.said("ready")
        words = ["peer-undelivered", "open_once", "--actor", "Wang Fang"]
        files = ["--key", str(house.command_key), "--config", str(house.central_toml)]
        assert command(GROUPS)(["central", "command", "send", *words, *files]) == 1
        assert "failed the gate does not run" in capsys.readouterr().out
        gate.tell("seen")


def test_of_two_commands_the_one_that_was_given_first_does_not_undo_the_other(
    house: House, play: Play
) -> None:
    house.publish(people=1)
    with play("order") as gate:
        gate.said("ready")
        lift, lock = house.commands("lift_lock_down", "lock_down")
        house.send("peer-order", lock, lift, lock)
        answered = [gate.said("answered") for _ in range(3)]
        gate.tell("seen")
    assert [(item["kind"], item["outcome"]) for item in answered] == [
        ("lock_down", "done"),
        ("lift_lock_down", "older"),
        ("lock_down", "repeated"),
    ]
