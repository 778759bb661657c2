"""A gate shown to a Home Assistant: a real gate, and a real Mosquitto that knows a password."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from threading import enumerate as enumerate_threads
from typing import Any

import paho.mqtt.client as mqtt
import pytest
import structlog
from msgspec.structs import replace
from paho.mqtt.enums import CallbackAPIVersion

from edge.errors import ConfigurationError
from sync.agent.agent import run_agent
from sync.agent.configuration import HomeAssistantSection, load_configuration
from sync.agent.home_assistant.core.shown_figures import availability_topic, config_topic, state_topic
from sync.agent.home_assistant.loop import HomeAssistantLoop
from tests.edge.console.staffed_gate import PEOPLE, STAFF, StaffedGate, gate_at_work
from tests.ports import free_port
from tests.sync.services import Mosquitto
from tests.sync.wire.examples import DEVICE as SYNCED
from tests.sync.world import World
from tests.waiting import PATIENT, soon

DEVICE = "green-court.main"
USER, PASSWORD = "gatepost", "a-password-of-the-house"
CONFIG, STATE, AVAILABLE = config_topic("ha", DEVICE), state_topic(DEVICE), availability_topic(DEVICE)


class House(Mosquitto):
    """A house's own broker, which retains, and knows one user by a password."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        file = folder / "passwords"
        subprocess.run(
            ["mosquitto_passwd", "-c", "-b", file, USER, PASSWORD], check=True, capture_output=True
        )
        file.chmod(0o600)
        self.set(f"allow_anonymous false\npassword_file {file}\nretain_available true\n")


class HomeAssistant:
    """A client of the house's broker that remembers the newest message of every topic, and all it heard."""

    def __init__(self, port: int) -> None:
        self.now: dict[str, bytes] = {}
        self.retained: set[str] = set()
        self.heard = b""
        self._client = client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        client.username_pw_set(USER, PASSWORD)
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.connect("127.0.0.1", port)
        client.loop_start()

    def _on_connect(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe("#")

    def _on_message(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        self.heard += message.payload
        if message.retain:
            self.retained.add(message.topic)
        self.now[message.topic] = bytes(message.payload)

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.now.get(STATE, b"{}"))
        return found

    def is_told(self, word: bytes, device: str = DEVICE) -> Callable[[], bool]:
        return lambda: self.now.get(availability_topic(device)) == word

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    broker = House(tmp_path_factory.mktemp("house"))
    broker.start()
    yield broker
    broker.kill()


@contextmanager
def home_assistant(house: House) -> Iterator[HomeAssistant]:
    made = HomeAssistant(house.port)
    try:
        yield made
    finally:
        made.close()


def section_of(house: House, folder: Path, socket: Path) -> HomeAssistantSection:
    password = folder / "password"
    password.write_text(f"{PASSWORD}\n")
    return HomeAssistantSection(
        host="127.0.0.1",
        port=house.port,
        user=USER,
        password=password,
        plain=True,
        socket=socket,
        prefix="ha",
        every=0.1,
        longest_pause=0.1,
    )


@contextmanager
def shown(section: HomeAssistantSection, device: str = DEVICE) -> Iterator[None]:
    stop = Event()
    thread = Thread(target=HomeAssistantLoop(section, device).run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(PATIENT)
        assert not thread.is_alive()


def granted(gate: StaffedGate) -> None:
    gate.show(gate.pass_of("xu"))
    gate.leave()


def test_a_gate_is_shown_with_nobody_s_name_and_to_whoever_comes_later(house: House, tmp_path: Path) -> None:
    house.kill()  # it forgets what other tests showed
    house.start()
    with gate_at_work(tmp_path / "gate") as gate, home_assistant(house) as told:
        with shown(section_of(house, tmp_path, gate.socket)):
            soon(told.is_told(b"online"), "the gate is there")
            assert json.loads(told.now[CONFIG])["state_topic"] == STATE
            assert told.state()["lane"] == "closed"
            before = told.state()["granted"]
            gate.show(gate.pass_of("xu"))
            gate.leave()
            soon(lambda: told.state()["granted"] > before, "the access is shown")
            with home_assistant(house) as later:
                soon(lambda: later.retained == {CONFIG, STATE, AVAILABLE}, "it was retained")
            house.kill()
            house.start()
            with home_assistant(house) as anew:
                soon(
                    lambda: set(anew.now) == {CONFIG, STATE, AVAILABLE}, "a broker that forgot is told again"
                )
        with home_assistant(house) as after:
            soon(after.is_told(b"offline"), "who shows it has stopped, in order")
    for person in PEOPLE:
        for said in (person.name, person.address, f'"{person.id}"'):
            assert said.encode() not in told.heard
    assert not any(f'"{member.staff}"'.encode() in told.heard for member in STAFF)


def test_the_sync_process_says_of_a_gate_that_does_not_answer_that_it_is_away(
    house: House, tmp_path: Path
) -> None:
    """And it does so without a link to a centre, whose broker is away too."""
    file = World(tmp_path, f"sqlite:///{tmp_path}/central.sqlite", free_port()).sync_file()
    (tmp_path / "password").write_text(PASSWORD)
    file.write_text(
        f"""{file.read_text()}
[home_assistant]
host = "127.0.0.1"
port = {house.port}
user = "{USER}"
password = "password"
plain = true
socket = "nobody.sock"
"""
    )
    stop = Event()
    sync = Thread(target=run_agent, args=(load_configuration(file), stop), daemon=True)
    with structlog.testing.capture_logs() as logs, home_assistant(house) as told:
        sync.start()
        soon(told.is_told(b"offline", SYNCED), "it says so")
        assert state_topic(SYNCED) not in told.now
        [said] = [log["error"] for log in logs if log["event"] == "not_shown"]
        assert "nobody.sock" in said
        stop.set()
        sync.join(PATIENT)
    assert not sync.is_alive()
    assert "home-assistant" not in {thread.name for thread in enumerate_threads()}


def test_a_password_that_is_wrong_is_said_once_and_tried_again(house: House, tmp_path: Path) -> None:
    section = section_of(house, tmp_path, tmp_path / "nobody.sock")
    assert section.password is not None
    section.password.write_text("another")
    with structlog.testing.capture_logs() as logs, shown(section, "locked-out"):
        soon(lambda: bool(logs), "it is said")
        right = tmp_path / "right"
        right.write_text(PASSWORD)
        right.replace(section.password)
        with home_assistant(house) as told:
            soon(told.is_told(b"offline", "locked-out"), "the file is read again")
    refused, *others = [log["error"] for log in logs]
    assert "does not take the user or the password" in refused
    assert len(others) <= 1, "what comes next is that the gate does not answer"
    assert not any(PASSWORD in said for said in (refused, *others))


HEAD = """\
[device]
id = "gp-1"
key = "message.key"
[broker]
host = "localhost"
[central]
keys = ["central.pub"]
[journal]
socket = "journal.sock"
acknowledged = "acknowledged"
[home_assistant]
host = "homeassistant.local"
"""


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ('socket = "staff.sock"\nca = "ca.pem"\nuser = "u"\npassword = "p"', ""),
        ('socket = "staff.sock"\nplain = true', ""),
        ("plain = true", "socket"),
        ('socket = "staff.sock"', "set ca"),
        ('socket = "staff.sock"\nca = "ca.pem"\nplain = true', "one of them"),
        ('socket = "staff.sock"\nplain = true\nuser = "u"', "go together"),
        ('socket = "staff.sock"\nplain = true\npassword = "p"', "go together"),
        ('socket = "staff.sock"\nplain = true\nprefix = "a/b"', "prefix"),
        ('socket = "staff.sock"\nplain = true\nprefix = "#"', "prefix"),
        ('socket = "staff.sock"\nplain = true\ncommands = true', "commands"),
        ('socket = "journal.sock"\nplain = true', "the same path"),
    ],
)
def test_sync_toml_says_where_and_how(tmp_path: Path, lines: str, wrong: str) -> None:
    file = tmp_path / "sync.toml"
    file.write_text(HEAD + lines + "\n")
    if not wrong:
        found = load_configuration(file).home_assistant
        assert found is not None
        assert found.socket == tmp_path / "staff.sock"
        assert found.prefix == "homeassistant"
        return
    with pytest.raises(ConfigurationError, match=wrong):
        load_configuration(file)


@pytest.mark.parametrize(
    ("content", "wrong"), [(None, "no password can be read"), ("\n", "no password is in it")]
)
def test_a_password_that_is_not_there(house: House, tmp_path: Path, content: str | None, wrong: str) -> None:
    file = tmp_path / "none"
    if content is not None:
        file.write_text(content)
    section = replace(section_of(house, tmp_path, tmp_path / "s"), password=file)
    with pytest.raises(ConfigurationError, match=wrong) as caught:
        section.secret()
    assert str(file) in str(caught.value)
