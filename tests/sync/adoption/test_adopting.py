"""A computer becomes a gate by one code: at a real door over HTTPS, and whatever goes wrong on the way."""

from __future__ import annotations

import errno
import json
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding
from structlog.testing import capture_logs

from edge.errors import GatepostError
from edge.registry.format import seal_key_of
from edge.registry.keys import read_public_keys
from sync.adoption import adopting
from sync.adoption.adopting import PresentGate, adopt, pending, settle
from sync.adoption.places import AdoptionPlaces, folder_places
from sync.agent.configuration import load_configuration as load_sync
from sync.ca.certificate_authority import DEVICES, SERVICES, init_certificate_authority
from sync.ca.certificates import name_of
from sync.ca.device import certificate_of
from sync.ca.invitations import InvitationDoor
from sync.central.accounts.actor import SYSTEM
from sync.central.adoption.asking import bring_in_line
from sync.central.adoption.core.progress import InvitationStep
from sync.central.adoption.exchange import InvitationExchange
from sync.central.adoption.inviting import MadeInvitation, withdraw_gate_invitation
from sync.central.adoption.listing import gate_invitations, is_being_revoked
from sync.central.adoption.loop import AdoptionLoop
from sync.central.adoption.revoking import revoke_device
from sync.central.adoption.tables import device_revocation, gate_invitation
from sync.central.devices.devices import known_devices
from sync.central.places.sight import EVERYWHERE
from sync.central.store import NotConfirmed, StoreError
from sync.central.tables import device
from sync.gate_invitation.code import new_code, read_code
from sync.gate_invitation.packets import GatePart, Revoked
from sync.transport.clock import wall
from tests.command_line import called
from tests.sync.adoption.conftest import SITE, Office, utc
from tests.sync.another_server import take_over
from tests.waiting import sooner_than


@pytest.fixture(autouse=True)
def afresh(office: Office) -> Iterator[None]:
    """Each test finds a centre without gates."""
    yield
    with office.store.writing() as connection:
        for table in (gate_invitation, device_revocation, device):
            connection.execute(sa.delete(table))
    office.loop().look()
    for file in (office.meeting / "answered").iterdir():
        file.unlink()
    office.dismissed.clear()


def states(office: Office) -> list[InvitationStep]:
    with office.store.reading() as connection:
        return [each.progress for each in gate_invitations(connection, EVERYWHERE, wall())]


def gates(office: Office) -> dict[str, bool]:
    """The devices that central knows, and whether each is retired."""
    with office.store.reading() as connection:
        return {each.device: each.retired for each in known_devices(connection)}


def files_of(places: AdoptionPlaces) -> set[str]:
    return {
        str(path.relative_to(places.configuration))
        for path in places.configuration.rglob("*")
        if path.is_file()
    }


# --- the way that it goes ----------------------------------------------------------------------


def test_one_code_makes_a_computer_a_gate_with_all_that_it_needs(
    office: Office, places: AdoptionPlaces
) -> None:
    made = office.invite()
    assert states(office) == [InvitationStep.INVITED]
    adopted = office.adopt(made, places)
    assert (adopted.device, adopted.site, adopted.gate) == ("green-court.main", SITE, "main")
    assert adopted.root == (office.admin.folder / "keys" / "root.pub").read_bytes()
    template = bytes.fromhex(adopted.template_key.decode())
    assert seal_key_of(template) == office.admin.keys.seal
    assert name_of(certificate_of(places.identity)) == "green-court.main"
    sync = load_sync(places.sync_file)
    assert sync.device.id == "green-court.main"
    assert sync.broker.ca == places.identity.services
    assert sync.broker.hosts == ("127.0.0.1",)
    assert places.central.read_bytes() == (office.folder / "centre" / "central.pub").read_bytes()
    for path in (places.identity.key, places.message_key, places.sealing_key, places.answer):
        assert path.stat().st_mode & 0o077 == 0

    assert office.loop().look()
    assert gates(office) == {"green-court.main": False}
    assert states(office) == [InvitationStep.ENROLLED]
    settle(places)
    assert not {"identity/adoption.json", "identity/sealing.key"} & files_of(places)


def test_a_gate_of_a_cluster_knows_every_node(office: Office, places: AdoptionPlaces) -> None:
    """By [broker], by what [adoption] says in its place, and by one name of all nodes."""
    centre, change = office.configuration, msgspec.structs.replace
    assert centre.adoption is not None
    nodes = change(centre.broker, host="b1.example.org", more=("b2.example.org", "b3.example.org"))
    for broker, more, wanted in (
        ("all.example.org", (), ("all.example.org",)),
        ("g1.example.org", ("g2.example.org",), ("g1.example.org", "g2.example.org")),
        ("", (), nodes.hosts),
    ):
        section = change(centre.adoption, broker=broker, more=more)
        cluster = replace(office, configuration=change(centre, broker=nodes, adoption=section))
        assert (cluster.centre.broker[0], *cluster.centre.more) == wanted
    cluster.adopt(cluster.invite(), places)
    there = load_sync(places.sync_file).broker
    assert (there.hosts, there.port) == (nodes.hosts, 8883)


def test_of_one_broker_is_said_what_a_device_of_before_takes(office: Office) -> None:
    assert b"broker_more" not in msgspec.json.encode(office.invite().asked.part)


def test_nothing_secret_lies_where_door_and_centre_meet_or_in_the_database(
    office: Office, places: AdoptionPlaces
) -> None:
    made = office.invite()
    adopted = office.adopt(made, places)
    office.loop().look()
    secrets = [read_code(made.code).secret, office.admin.keys.template, adopted.template_key.strip()]
    held = [path for path in office.meeting.rglob("*") if path.is_file()]
    held += [path for path in (office.folder / "centre").rglob("*") if path.is_file()]
    assert len(held) > 5
    for path in (*held, places.answer):
        data = path.read_bytes()
        assert not any(secret in data or secret.hex().encode() in data for secret in secrets), path


def test_a_second_invitation_ends_the_first_and_a_withdrawn_one_lets_nobody_in(
    office: Office, places: AdoptionPlaces
) -> None:
    first, second = office.invite(), office.invite()
    office.loop().look()
    with pytest.raises(GatepostError, match="expired, or was withdrawn"):
        office.adopt(first, places)
    with office.store.writing() as connection:
        withdraw_gate_invitation(connection, SYSTEM, EVERYWHERE, second.asked.number, wall())
        with pytest.raises(StoreError, match="no open invitation"):
            withdraw_gate_invitation(connection, SYSTEM, EVERYWHERE, second.asked.number, wall())
    office.loop().look()
    with pytest.raises(GatepostError, match="expired, or was withdrawn"):
        office.adopt(second, places)
    assert states(office) == [InvitationStep.WITHDRAWN] * 2
    assert files_of(places) == set()


def test_a_code_that_expired_lets_nobody_in(office: Office, places: AdoptionPlaces) -> None:
    made = office.invite(leave=False)
    past = msgspec.structs.replace(made.asked, until=wall() - 1)
    (office.meeting / "asked" / f"{made.asked.proof.hex()}.json").write_bytes(msgspec.json.encode(past))
    with pytest.raises(GatepostError, match="expired"):
        office.adopt(made, places)


def test_the_daemon_leaves_what_the_command_could_not(office: Office, places: AdoptionPlaces) -> None:
    made = office.invite(leave=False)
    with pytest.raises(GatepostError, match="the code is wrong"):
        office.adopt(made, places)
    office.loop().look()
    office.adopt(made, places)


def test_who_came_in_time_is_known_though_the_daemon_was_away_until_the_code_had_ended(
    office: Office, places: AdoptionPlaces
) -> None:
    made = office.invite()
    office.adopt(made, places)
    folder = InvitationExchange(office.meeting)
    later = AdoptionLoop(office.store, folder, lambda: made.asked.until + 60_000_000, office.dismissed.append)
    assert later.look()
    with office.store.reading() as connection:
        found = gate_invitations(connection, EVERYWHERE, made.asked.until, number=made.asked.number)
    assert found[0].progress is InvitationStep.ENROLLED
    assert not later.look()
    assert folder.answer_to(made.asked.proof) is not None, "the door removes it: it is asked no more"
    assert not (office.meeting / "asked" / f"{made.asked.proof.hex()}.json").exists()


# --- called again ------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


def steps() -> list[str]:
    """The names under which an adoption writes and asks: it is killed before and after each."""
    return ["make_key", "make_private_key", "write_secret", "ask_door", "write_aside", "make_folder"]


@contextmanager
def killed_at(name: str, call: int, *, after: bool) -> Iterator[list[int]]:
    """Ends the process at the n-th call of a function of `adopting`: before, or after it was done."""
    real: Callable[..., object] = getattr(adopting, name)
    count = [0]

    def fatal(*arguments: object, **named: object) -> object:
        count[0] += 1
        if count[0] == call and not after:
            raise Killed
        done = real(*arguments, **named)
        if count[0] == call:
            raise Killed
        return done

    with patch.object(adopting, name, fatal):
        yield count


def test_killed_at_every_step_and_called_again_it_ends_well(office: Office, tmp_path: Path) -> None:
    """Each kill leaves the next call the same code, and the same keys at the door."""
    made, kills = office.invite(), 0
    places = folder_places(tmp_path / "gate")
    for name in steps():
        for after in (False, True):
            for call in range(1, 9):
                with killed_at(name, call, after=after) as count:
                    try:
                        office.adopt(made, places)
                    except Killed:
                        kills += 1
                if count[0] < call:
                    break
    assert kills > 20, "what is killed is there"
    adopted = office.adopt(made, places)
    assert office.loop().look()
    assert gates(office) == {adopted.device: False}
    with office.store.reading() as connection:
        (held,) = connection.execute(sa.select(device.c.message_key)).scalars()
    assert (held,) == read_public_keys(places.message_key.with_suffix(".pub"))


def test_an_adoption_that_was_interrupted_goes_on_without_the_door(
    office: Office, places: AdoptionPlaces
) -> None:
    assert pending(places) is None
    with killed_at("write_aside", 2, after=False), suppress(Killed):
        office.adopt(office.invite(), places)
    found = pending(places)
    assert found is not None
    assert found.device == "green-court.main"
    assert places.identity.certificate.exists()
    settle(places)
    assert pending(places) is None


def test_what_somebody_changed_in_sync_toml_stays(office: Office, places: AdoptionPlaces) -> None:
    made = office.invite()
    office.adopt(made, places)
    changed = places.sync_file.read_text() + "\n[limits]\nlinger = 1\n"
    places.sync_file.write_text(changed)
    office.adopt(made, places)
    assert places.sync_file.read_text() == changed


@pytest.mark.parametrize("name", ["write_aside", "write_secret"])
def test_a_full_disk_is_said_and_loses_nothing(office: Office, places: AdoptionPlaces, name: str) -> None:
    made, full = office.invite(), OSError(errno.ENOSPC, "No space left on device", "/etc/gatepost")
    with (
        patch.object(adopting, name, side_effect=full),
        pytest.raises(GatepostError, match=r"No space left on device.*call this again"),
    ):
        office.adopt(made, places)
    office.adopt(made, places)


# --- who gets nothing --------------------------------------------------------------------------


def test_a_used_code_is_of_no_use_to_another_computer(
    office: Office, places: AdoptionPlaces, tmp_path: Path
) -> None:
    made = office.invite()
    office.adopt(made, places)
    thief = folder_places(tmp_path / "thief")
    with pytest.raises(GatepostError, match="used already, by another computer"):
        office.adopt(made, thief)
    assert not thief.identity.certificate.exists()
    assert office.loop().look()
    with pytest.raises(GatepostError, match="used already"):
        office.adopt(made, thief)


def test_a_wrong_code_gets_nothing_and_names_no_gate(office: Office, places: AdoptionPlaces) -> None:
    made = office.invite()
    code = read_code(made.code)
    guess = type(code)(bytes(10), code.mark)
    with pytest.raises(GatepostError, match="another centre"):
        adopt(guess, ("127.0.0.1", office.door), places)
    guess = new_code(bytes(10), office.centre.authority)
    with pytest.raises(GatepostError, match="the code is wrong") as refused:
        adopt(guess, ("127.0.0.1", office.door), places)
    assert "main" not in str(refused.value)
    assert files_of(places) == set()


def test_the_code_of_another_gate_costs_nothing(office: Office, places: AdoptionPlaces) -> None:
    """The code is not used up: the computer that it is for can come."""
    made = office.invite("out")
    with pytest.raises(GatepostError, match="for gate out of green-court, and this is gate main"):
        office.adopt(made, places, PresentGate(SITE, "main"))
    office.adopt(made, places)
    with pytest.raises(GatepostError, match=r"is the device green-court\.out already"):
        office.adopt(office.invite(), places)


def test_the_clock_at_1970_is_said_before_the_code_is_used(office: Office, places: AdoptionPlaces) -> None:
    made = office.invite()
    for wrong in (datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)):
        with pytest.raises(GatepostError, match=r"clock: this computer's clock says .*timedatectl"):
            office.adopt(made, places, now=lambda at=wrong: at)  # type: ignore[misc]
    later = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 7200, UTC)
    with pytest.raises(GatepostError, match="clock says"):
        office.adopt(made, places, now=lambda: later)
    assert files_of(places) == set()
    office.adopt(made, places)


def test_an_authority_without_the_sites_keys_says_so_at_both_ends(
    office: Office, places: AdoptionPlaces
) -> None:
    made = office.invite()
    held = office.authority_folder / "sites" / SITE / "template.key"
    data = held.read_bytes()
    held.unlink()
    try:
        with pytest.raises(GatepostError, match="central ca site set green-court"):
            office.adopt(made, places)
        office.loop().look()
        with office.store.reading() as connection:
            (found,) = gate_invitations(connection, EVERYWHERE, wall())
        assert "cannot give the keys of this site" in found.trouble
    finally:
        held.write_bytes(data)
        held.chmod(0o600)
    office.adopt(made, places)
    office.loop().look()
    assert states(office) == [InvitationStep.ENROLLED]


@contextmanager
def stranger(office: Office, answers: Callable[[ssl.SSLSocket], None]) -> Iterator[int]:
    """Somebody between the computer and the centre: another authority's door, or anything else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(
        office.authority_folder / "enrolment.pem", office.authority_folder / "enrolment.key"
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    taken, _ = listening.accept()
                    with suppress(OSError), context.wrap_socket(taken, server_side=True) as secured:
                        answers(secured)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()


def _head(length: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length


def _hangs(taken: ssl.SSLSocket) -> None:
    while taken.recv(1024):
        pass


def _endless(taken: ssl.SSLSocket) -> None:
    taken.recv(4096)
    taken.sendall(_head(1 << 40))
    while True:
        taken.sendall(bytes(1 << 16))


def _drips(taken: ssl.SSLSocket) -> None:
    """A byte at a time, for ever: no single wait is long."""
    taken.recv(4096)
    taken.sendall(_head(1 << 20))
    waiting = threading.Event()
    while not waiting.wait(0.01):
        taken.sendall(b"x")


def _junk(taken: ssl.SSLSocket) -> None:
    taken.recv(4096)
    taken.sendall(b"\xff" * 100)


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (_hangs, "cannot be reached"),
        (_endless, "more than 65536 bytes"),
        (_drips, "cannot be reached|not a certificate"),
        (_junk, "cannot be reached"),
    ],
)
def test_a_door_that_hangs_or_sends_without_end_is_left(
    office: Office,
    places: AdoptionPlaces,
    answers: Callable[[ssl.SSLSocket], None],
    words: str,
) -> None:
    made = office.invite()
    with stranger(office, answers) as port, sooner_than(60.0), pytest.raises(GatepostError, match=words):
        adopt(read_code(made.code), ("127.0.0.1", port), places, within=1.0)
    assert files_of(places) == set()


def test_who_is_between_gets_nothing(office: Office, places: AdoptionPlaces, tmp_path: Path) -> None:
    """Another authority answers: nothing that follows from the code is sent to it."""
    other = init_certificate_authority(tmp_path / "other", SITE, lambda: datetime.now(UTC))
    pem = other.certificate(SERVICES).public_bytes(Encoding.PEM)
    heard: list[bytes] = []

    def answers(taken: ssl.SSLSocket) -> None:
        heard.append(taken.recv(65536))
        taken.sendall(_head(len(pem)) + pem)

    made = office.invite()
    with stranger(office, answers) as port, pytest.raises(GatepostError, match="nothing was sent"):
        adopt(read_code(made.code), ("127.0.0.1", port), places)
    assert len(heard) == 1
    assert heard[0].startswith(b"GET /authority ")
    assert files_of(places) == set()


# --- out of service ----------------------------------------------------------------------------


def test_a_replacement_takes_the_gates_place_and_the_one_before_is_retired(
    office: Office, places: AdoptionPlaces, tmp_path: Path
) -> None:
    office.adopt(office.invite(), places)
    office.loop().look()
    with pytest.raises(StoreError, match=r"has a device already: green-court\.main"):
        office.invite()
    made = office.invite(replaces=True)
    office.loop().look()
    assert gates(office) == {"green-court.main": False}, "until the new one comes, the old one serves"
    newcomer = folder_places(tmp_path / "new")
    assert office.adopt(made, newcomer).device == "green-court.main.2"
    office.loop().look()
    assert gates(office) == {"green-court.main": True, "green-court.main.2": False}
    office.loop().look()
    assert (office.meeting / "asked" / "green-court.main.revoke").exists()


def test_a_lost_device_is_refused_and_its_certificate_revoked_by_the_door(
    office: Office, places: AdoptionPlaces
) -> None:
    made = office.invite()
    office.adopt(made, places)
    office.loop().look()
    with office.store.writing() as connection:
        assert revoke_device(connection, SYSTEM, EVERYWHERE, "green-court.main", wall()) == SITE
        assert is_being_revoked(connection, "green-court.main")
    office.loop().look()
    door = InvitationDoor(office.authority, office.authority_folder, office.meeting, utc)
    door.look()
    assert all(item.revoked for item in office.authority.issued() if item.name == "green-court.main")
    assert office.loop().look()
    assert office.dismissed == ["green-court.main"], "its connection ends once the broker may know"
    with office.store.reading() as connection:
        assert is_being_revoked(connection, "green-court.main") is False
    settle(places)
    office.loop().look()
    with pytest.raises(GatepostError, match="was withdrawn"):
        office.adopt(made, places)
    door.look()
    assert not list((office.meeting / "answered").glob("*.revoked"))
    assert office.authority.revoke(DEVICES, "green-court.main") == 0
    with office.store.writing() as connection, pytest.raises(StoreError, match="no device 'nobody'"):
        revoke_device(connection, SYSTEM, EVERYWHERE, "nobody", wall())


def test_while_the_standby_is_away_only_a_new_invitation_waits(
    office: Office, places: AdoptionPlaces, tmp_path: Path
) -> None:
    """Who was invited before is taken, and a stolen computer's connection ends."""
    stolen, left = office.invite(), office.invite("out")
    office.adopt(stolen, places)
    office.loop().look()
    office.adopt(left, folder_places(tmp_path / "out"))
    with office.store.writing() as connection:
        revoke_device(connection, SYSTEM, EVERYWHERE, "green-court.main", wall())
    new = office.invite("main", replaces=True, leave=False)
    asked = office.meeting / "asked"
    away = patch.object(office.store, "confirm", side_effect=NotConfirmed("no standby has confirmed"))
    loop = office.loop()
    with capture_logs() as said, away:
        assert loop.look()
        assert gates(office)["green-court.out"] is False
        assert (asked / "green-court.main.revoke").exists()
        InvitationDoor(office.authority, office.authority_folder, office.meeting, utc).look()
        assert loop.look()
    assert office.dismissed == ["green-court.main"]
    assert not (asked / f"{new.asked.proof.hex()}.json").exists()
    assert [each["error"] for each in said if each["event"] == "adoption_not_looked_after"] == [
        "no standby has confirmed"
    ]
    loop.look()
    assert (asked / f"{new.asked.proof.hex()}.json").exists()
    with patch.object(office.store, "confirm") as confirm:
        loop.look()
    confirm.assert_not_called()


def test_a_gate_that_the_policy_does_not_name_is_said_before_somebody_climbs(office: Office) -> None:
    with pytest.raises(StoreError, match="names no gate 'west', but main, out"):
        office.invite("west")
    with pytest.raises(StoreError, match="is not an id"):
        office.invite("../main")


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def noise(path: Path) -> None:
    path.write_bytes(b"[" * 10_000)


def another_kind(path: Path) -> None:
    path.write_bytes(msgspec.json.encode(Revoked("green-court-main", 1)))


@pytest.mark.parametrize("laid", [a_pipe, noise, another_kind])
def test_what_cannot_be_read_of_one_keeps_no_other_out(
    office: Office, places: AdoptionPlaces, laid: Callable[[Path], None]
) -> None:
    """Nor does it keep a lost device's certificate from being revoked."""
    first, other = office.invite(), office.invite("out")
    office.adopt(other, places)
    broken = office.meeting / "answered" / f"{first.asked.proof.hex()}.json"
    laid(broken)
    loop = office.loop()
    with capture_logs() as said:
        assert loop.look()
        loop.look()
    assert gates(office) == {other.asked.part.device: False}
    [warning] = [each for each in said if each["event"] == "adoption_not_looked_after"]
    assert broken.name in warning["error"], "once, and where"
    later = AdoptionLoop(
        office.store, InvitationExchange(office.meeting), lambda: first.asked.until + 1, print
    )
    third = office.invite()
    later.look()
    assert (office.meeting / "asked" / f"{third.asked.proof.hex()}.json").exists()


def newer_invitation(office: Office) -> MadeInvitation:
    """An invitation that a newer version made: this one does not leave it for the door."""
    made = office.invite(leave=False)
    part = msgspec.to_builtins(made.asked.part) | {"zz_newer": 1}
    with office.store.writing() as connection:
        those = sa.update(gate_invitation).where(gate_invitation.c.number == made.asked.number)
        connection.execute(those.values(part=msgspec.json.encode(part)))
    return made


def test_who_invites_hears_nothing_of_an_invitation_of_a_newer_version(office: Office) -> None:
    """Theirs lies at the door. An invitation of the same gate ends the newer one."""
    newer_invitation(office)
    config = ("--config", office.folder / "centre" / "central.toml")
    told = json_told("central", "gate", "invite", f"{SITE}/out", *config)
    assert told["not_at_door"] == ""
    assert len([*(office.meeting / "asked").iterdir()]) == 1
    assert bring_in_line(office.store, InvitationExchange(office.meeting), wall()).newer is not None
    assert json_told("central", "gate", "invite", f"{SITE}/main", *config)["not_at_door"] == ""
    assert bring_in_line(office.store, InvitationExchange(office.meeting), wall()).newer is None
    assert states(office).count(InvitationStep.WITHDRAWN) == 1


def test_an_invitation_of_a_newer_version_keeps_no_other_from_the_door(
    office: Office, places: AdoptionPlaces
) -> None:
    newer, other = newer_invitation(office), office.invite("out", leave=False)
    with capture_logs() as said:
        office.loop().look()
    assert [each["error"] for each in said if "newer version" in each.get("error", "")]
    office.adopt(other, places)
    assert office.loop().look()
    with office.store.reading() as connection:
        told = gate_invitations(connection, EVERYWHERE, wall())
    assert {each.number for each in told} == {newer.asked.number, other.asked.number}


def test_a_meeting_folder_that_is_gone_is_said_once_and_the_loop_goes_on(
    office: Office, places: AdoptionPlaces
) -> None:
    made = office.invite(leave=False)
    away = office.meeting.with_name("away")
    office.meeting.rename(away)
    loop = office.loop()
    try:
        assert not loop.look()
        assert not loop.look()
    finally:
        away.rename(office.meeting)
    loop.look()
    office.adopt(made, replace(places))
    assert loop.look()


def test_a_code_does_not_hold_longer_where_the_centres_clock_is_set_back(
    office: Office, places: AdoptionPlaces
) -> None:
    """It is at the door again once the clock is right; a device that came meanwhile is let in."""
    made, exchange = office.invite(), InvitationExchange(office.meeting)

    def at_door(back: timedelta) -> list[InvitationStep]:
        now = wall() - int(back / timedelta(microseconds=1))
        bring_in_line(office.store, exchange, now)
        assert exchange.has_been_asked(made.asked.proof) is (back < timedelta(minutes=1))
        with office.store.reading() as connection:
            return [each.progress for each in gate_invitations(connection, EVERYWHERE, now)]

    assert at_door(timedelta(seconds=20)) == [InvitationStep.INVITED]
    assert at_door(timedelta(hours=2)) == [InvitationStep.EXPIRED]
    with pytest.raises(GatepostError):
        office.adopt(made, places)
    assert at_door(timedelta()) == [InvitationStep.INVITED]
    office.adopt(made, places)
    looked = AdoptionLoop(office.store, exchange, lambda: wall() - 7_200_000_000, office.dismissed.append)
    assert looked.look()
    assert gates(office) == {"green-court.main": False}


def test_a_device_that_lost_the_answer_gets_it_though_the_centres_clock_is_set_back(
    office: Office, places: AdoptionPlaces
) -> None:
    """The code was used in time: it is at the door for this device alone."""
    made, exchange = office.invite(), InvitationExchange(office.meeting)
    with killed_at("ask_door", 2, after=True), pytest.raises(Killed):
        office.adopt(made, places)
    assert office.loop().look()
    assert gates(office) == {"green-court.main": False}
    bring_in_line(office.store, exchange, wall() - 7_200_000_000)
    assert office.adopt(made, places).device == "green-court.main"


def test_nothing_is_left_for_the_door_that_another_server_confirms(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that took over does not know for whom the certificate would be."""
    office.invite(leave=False)
    take_over(monkeypatch)
    asked = bring_in_line(office.store, InvitationExchange(office.meeting), wall())
    assert isinstance(asked.not_left, NotConfirmed)
    assert not [*office.meeting.rglob("*.json")]


def test_who_invites_is_told_that_the_door_does_not_have_it_yet_and_why(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (
        "central",
        "gate",
        "invite",
        f"{SITE}/main",
        "--config",
        office.folder / "centre" / "central.toml",
    )
    assert json_told(*words)["not_at_door"] == ""
    with monkeypatch.context() as patched:
        take_over(patched)
        assert "another server took over" in json_told(*words)["not_at_door"]
        assert "the door does not have it yet, and refuses the code" in called(*words).stdout
    away = office.meeting.with_name("away")
    office.meeting.rename(away)
    try:
        assert str(office.meeting) in json_told(*words)["not_at_door"]
    finally:
        away.rename(office.meeting)


def test_a_gate_is_invited_for_the_way_that_it_was_invited_for_before(office: Office) -> None:
    """Whoever makes a code anew says nothing of it, and setup offered "entry" for an exit."""
    words = ("central", "gate", "invite", f"{SITE}/out")
    config = ("--config", office.folder / "centre" / "central.toml")
    assert json_told(*words, *config)["direction"] == "entry"
    assert "people come in there" in called(*words, *config).stdout
    json_told(*words, "--direction", "exit", "--language", "en", *config)
    assert json_told(*words, *config)["direction"] == "exit"
    assert "people go out there" in called(*words, *config).stdout
    part = office.invite("out").asked.part
    assert (part.direction, part.language) == ("exit", "en")
    assert office.invite("out", direction="both").asked.part.direction == "both"
    assert office.invite("main").asked.part.direction == "entry", "of another gate nothing was said"


def test_an_invitation_always_says_a_way_and_a_later_versions_need_not(office: Office) -> None:
    """The version before refuses null at the door, and on the device once the code is used up."""
    made = office.invite("out")
    asked = office.meeting / "asked" / f"{made.asked.proof.hex()}.json"
    part = json.loads(asked.read_bytes())["part"]
    assert (part["direction"], part["language"]) == ("entry", "zh")
    later = msgspec.json.encode(part | {"direction": None})
    assert msgspec.json.decode(later, type=GatePart).direction is None


def test_who_withdraws_an_invitation_is_told_that_the_door_takes_it_still_and_why(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ("--config", office.folder / "centre" / "central.toml")
    revoke = ("central", "gate", "invitation", "revoke")
    numbers = [str(office.invite(gate).asked.number) for gate in ("main", "out")]
    away = office.meeting.with_name("away")
    office.meeting.rename(away)
    try:
        assert str(office.meeting) in json_told(*revoke, numbers[0], *config)["not_at_door"]
        said = called(*revoke, numbers[1], *config).stdout
        assert "the door does not know it yet, and takes its code until it does" in said
    finally:
        away.rename(office.meeting)
    office.invite(leave=False)
    third = str(office.invite("out", leave=False).asked.number)
    take_over(monkeypatch)  # another invitation waits for it; what is taken back does not
    assert json_told(*revoke, third, *config)["not_at_door"] == ""


def json_told(*words: str | Path) -> dict[str, str]:
    """What a command says in JSON; central logs besides."""
    done = called(*words, "--json")
    assert done.returncode == 0, done.stderr
    [line] = [line for line in done.stdout.splitlines() if line.startswith("{")]
    found: dict[str, str] = json.loads(line)
    return found
